import type { State, UpstreamStatus } from '../../shared/contract.ts';
import { digest } from '../../shared/digest.ts';
import { isJsonObject, type Json, ownMember } from '../../shared/json.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import { createListeners } from '../base/listeners.ts';
import type { Clock, Logger } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import { readTools, type ToolDefinition, ToolListError } from './tools/tools.ts';
import type { Upstream } from './upstream.ts';

/** The upstream of the moment, where it stands, and its tools as last read. */
export interface Connection {
  upstream(): Upstream;
  status(): State['upstream'];
  tools(): ToolDefinition[];
  /** A tool's definition; `unread` when no list is known, `absent` when the list does not have it. */
  find(name: string): ToolDefinition | 'absent' | 'unread';
  /** Exchanges the upstream. The old one is closed. */
  use(upstream: Upstream, settings: UpstreamSettings): void;
  /** Reads the tool list anew and returns where the upstream stands. Never throws. */
  refresh(): Promise<UpstreamStatus>;
  /** Takes over tool definitions that passed through in an answer. */
  saw(tools: Json[]): void;
  /** Calls `listener` when the status or the tools have changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** Milliseconds that reading the tool list may take. */
const READ_TIMEOUT = 15_000;

/** How soon the list is read again while the upstream is away (ms), and how often at most for an unknown tool. */
const RETRY_EVERY = 30_000;
const UNKNOWN_EVERY = 10_000;

/**
 * The connection to `upstream`. Tool lists are remembered in `database` per upstream, so that arguments
 * can be judged while the upstream is away.
 */
export function createConnection(parts: {
  database: Database;
  clock: Clock;
  logger: Logger;
  upstream: Upstream;
  settings: UpstreamSettings;
}): Connection {
  const { database, clock, logger } = parts;
  const remember = database.sql.prepare(
    'INSERT OR REPLACE INTO upstream_tools (upstream, tools, digest, read_at) VALUES (?, ?, ?, ?)',
  );
  const recall = database.sql.prepare('SELECT tools FROM upstream_tools WHERE upstream = ?');
  const listeners = createListeners<() => void>(logger);
  let { upstream, settings } = parts;
  let tools: Map<string, ToolDefinition> | undefined;
  let status: UpstreamStatus = { kind: upstream.kind, status: 'starting' };
  let reading: Promise<UpstreamStatus> | undefined;
  let lastRead = Number.NEGATIVE_INFINITY;
  let cancelRetry = () => {};
  let closed = false;

  load();

  function load(): void {
    const row = recall.get(keyOf(settings)) as { tools: string } | undefined;
    tools = row && toMap(JSON.parse(row.tools) as ToolDefinition[]);
  }

  function keep(definitions: ToolDefinition[]): void {
    const text = JSON.stringify(definitions);
    // The same definitions stay the same objects: argument schemas are compiled once per object.
    if (tools && text === JSON.stringify([...tools.values()])) return;
    tools = toMap(definitions);
    try {
      database.transaction(
        () => remember.run(keyOf(settings), text, digest(definitions as unknown as Json), clock.now()),
        { flush: false },
      );
    } catch (error) {
      logger.warn({ reason: String(error) }, 'the tool list could not be remembered');
    }
    changed();
  }

  function changed(): void {
    listeners.tell();
  }

  function refresh(): Promise<UpstreamStatus> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function read(): Promise<UpstreamStatus> {
    const target = upstream;
    lastRead = clock.now();
    cancelRetry();
    let next: UpstreamStatus;
    try {
      const found = await readTools(target, { timeoutMs: READ_TIMEOUT });
      if (target !== upstream) return status;
      keep(found.tools);
      next = { kind: target.kind, status: 'connected', server: found.server, tools: found.tools.length };
    } catch (error) {
      if (target !== upstream) return status;
      const unauthorized = error instanceof ToolListError && error.kind === 'unauthorized';
      next = {
        kind: target.kind,
        status: unauthorized ? 'unauthorized' : 'unreachable',
        message: error instanceof Error ? error.message : String(error),
        ...(tools && { tools: tools.size }),
      };
      // A refused token stays refused until the person changes it.
      if (!unauthorized && !closed) cancelRetry = clock.after(RETRY_EVERY, () => void refresh());
    }
    const before = JSON.stringify(status);
    status = next;
    if (JSON.stringify(next) !== before) changed();
    return next;
  }

  return {
    upstream: () => upstream,
    status: () => status,
    tools: () => [...(tools?.values() ?? [])],
    find(name) {
      const found = tools?.get(name);
      if (found) return found;
      // Perhaps the upstream has it since; the agent that calls again finds out.
      if (!closed && clock.now() - lastRead > UNKNOWN_EVERY) void refresh();
      return tools ? 'absent' : 'unread';
    },
    use(next, nextSettings) {
      const before = upstream;
      upstream = next;
      settings = nextSettings;
      status = { kind: next.kind, status: 'starting' };
      reading = undefined;
      load();
      changed();
      void before
        .close()
        .catch((error) => logger.warn({ reason: String(error) }, 'the old upstream did not close'));
    },
    refresh,
    saw(list) {
      // A page of a list, perhaps: what is not known at all is read as a whole.
      if (!tools) return void (closed || refresh());
      // What it defines replaces what was known, what it lacks stays.
      const definitions = list.flatMap((item) => toDefinition(item) ?? []);
      const merged = new Map(tools);
      for (const definition of definitions) merged.set(definition.name, definition);
      keep([...merged.values()]);
    },
    onChange: listeners.add,
    async close() {
      closed = true;
      cancelRetry();
      await upstream.close();
    },
  };
}

function toMap(definitions: ToolDefinition[]): Map<string, ToolDefinition> {
  return new Map(definitions.map((definition) => [definition.name, definition]));
}

function toDefinition(tool: Json): ToolDefinition | undefined {
  if (!isJsonObject(tool)) return undefined;
  const name = ownMember(tool, 'name');
  const description = ownMember(tool, 'description');
  const inputSchema = ownMember(tool, 'inputSchema');
  if (typeof name !== 'string' || !isJsonObject(inputSchema)) return undefined;
  return { name, ...(typeof description === 'string' && { description }), inputSchema };
}

/** Which upstream a tool list belongs to. */
function keyOf(settings: UpstreamSettings): string {
  switch (settings.kind) {
    case 'sandbox':
      return 'sandbox';
    case 'http':
      return `http ${settings.url}`;
    case 'stdio':
      return `stdio ${JSON.stringify([settings.command, ...settings.args])}`;
  }
}
