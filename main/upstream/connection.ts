import { hash } from 'node:crypto';
import type { State, UpstreamStatus } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { onPage, type Place, placeOf } from '../../shared/server-words.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import type { Category } from '../../shared/tool-category.ts';
import { compact } from '../base/compact.ts';
import { createListeners } from '../base/listeners.ts';
import type { Clock, Logger } from '../base/ports.ts';
import { inTurns, LARGE, ownTurn } from '../base/turns.ts';
import type { Database } from '../database/database.ts';
import { createToolCategories, type DescribedTool, kindOf } from './tools/categories.ts';
import { createToolChanges, digestOf, type ToolChange } from './tools/changes.ts';
import { flawsOf } from './tools/flaws.ts';
import { createToolMeasure } from './tools/measure.ts';
import { createPassedBy } from './tools/passed-by.ts';
import { toolListKey } from './tools/stored.ts';
import { explainStatus, readTools, type ToolDefinition, ToolListError, toDefinition } from './tools/tools.ts';
import { type Upstream, type UpstreamAnswer, UpstreamError, type UpstreamRequest } from './upstream.ts';

/** The upstream of the moment, where it stands, and its tools as last read. */
export interface Connection {
  /** What comes of each exchange with it tells where it stands. */
  upstream(): Upstream;
  status(): State['upstream'];
  tools(): ToolDefinition[];
  /** A tool's definition; `unread` when no list is known, `absent` when the list does not have it. */
  find(name: string): FoundTool | 'absent' | 'unread';
  /** What a tool of the list does, and why it is thought so. */
  describe(tool: ToolDefinition): DescribedTool;
  /**
   * The person says what the tool does, `null`: they take it back. Returns false when it is not defined as `digest` says
   * (any more). Throws StorageError.
   */
  correct(name: string, digest: string, category: Category | null): boolean;
  /** How the tool differs from what the person accepted, if it does. */
  change(name: string): ToolChange | undefined;
  /** The person accepts these changes. Returns false, and takes none, when one is not so any more. Throws StorageError. */
  accept(changes: readonly { name: string; digest: string }[]): boolean;
  /** Exchanges the upstream. The old one is closed. */
  use(upstream: Upstream, settings: UpstreamSettings): void;
  /**
   * Reads the tool list anew and returns where the upstream stands; that it is starting, where that takes long. Never
   * throws.
   */
  refresh(): Promise<UpstreamStatus>;
  /** Takes over tool definitions that an answer holds, before it is passed on. Never rejects. */
  saw(tools: Json[]): Promise<void>;
  /**
   * Another number with each change of what is known of the tools: definitions that were seen and changed nothing
   * change nothing as long as it is the same.
   */
  toolsVersion(): number;
  /**
   * How long (ms) the upstream may take to answer a client that opens a session: twice as long as it took last to begin
   * and tell its tools, where that is much.
   */
  openWithin(): number;
  /** Its tools may have changed, or it may answer no more: they are read again. */
  toolsChanged(): void;
  /** Calls `listener` when the status or the tools have changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Calls `listener` with the names of tools that were found changed or new, until the returned function is called. */
  onToolsChanged(listener: (names: ReadonlySet<string>) => void): () => void;
  close(): Promise<void>;
}

/** A tool that is known, what it does, and how it differs from what the person accepted, if it does. */
type FoundTool = ToolDefinition & { change?: ToolChange } & Pick<
    DescribedTool,
    'category' | 'because' | 'standsOut' | 'corrected'
  >;

/** Milliseconds that reading the tool list may take, once the upstream has begun its work. */
const READ_TIMEOUT = 15_000;

/** Milliseconds that opening a session may take at least: most clients wait for 60 s, and then do not know why. */
const OPEN_WITHIN = 50_000;

const silent = (place: Place) =>
  `It was started, and has answered nothing yet. Where its program is being fetched, that can take minutes; otherwise check its command and its variables ${onPage(place)}.`;

/** How soon the list is read again (ms): while the upstream is away, and when all is well. */
const RETRY_EVERY = 30_000;
const READ_EVERY = 3_600_000;

/** How often at most it is read (ms): for an unknown tool, and because it may have changed. */
const UNKNOWN_EVERY = 10_000;
const CHANGED_EVERY = 1_000;

/**
 * The connection to `upstream`. Tool lists are remembered in `database` per upstream, so that arguments
 * can be judged while the upstream is away.
 */
export function createConnection(parts: {
  database: Database;
  clock: Clock;
  logger: Logger;
  /** The server whose upstream it is: what it defines is nothing to another one at the same address. */
  server: string;
  upstream: Upstream;
  settings: UpstreamSettings;
}): Connection {
  const { database, clock, logger } = parts;
  const place = placeOf(parts.server);
  const keyOf = (settings: UpstreamSettings) => toolListKey(parts.server, settings);
  const remember = database.sql.prepare(
    'INSERT OR REPLACE INTO upstream_tools (upstream, tools, digest, read_at) VALUES (?, ?, ?, ?)',
  );
  const recall = database.sql.prepare('SELECT tools, digest FROM upstream_tools WHERE upstream = ?');
  const listeners = createListeners<() => void>(logger);
  const changeListeners = createListeners<(names: ReadonlySet<string>) => void>(logger);
  let { upstream, settings } = parts;
  let watched = watch(upstream);
  let changes = createToolChanges(database, clock, keyOf(settings));
  let kinds = createToolCategories(database, keyOf(settings));
  let tools: Map<string, ToolDefinition> | undefined;
  let passedBy = createPassedBy(() => clock.now());
  let listDigest: string | undefined;
  let version = 0;
  let status: UpstreamStatus = { kind: upstream.kind, status: 'starting' };
  let server: UpstreamStatus['server'];
  let flaws: UpstreamStatus['flaws'];
  let reading: Promise<UpstreamStatus> | undefined;
  let lastRead = Number.NEGATIVE_INFINITY;
  /** How long it took when it was read last (ms). */
  let took = 0;
  /** The list is to be read again after the reading that is under way. */
  let readAgain = false;
  let cancelNext = () => {};
  let closed = false;
  /** What is being taken over. */
  let keeping = Promise.resolve();

  load();

  function load(): void {
    const row = recall.get(keyOf(settings)) as { tools: string; digest: string } | undefined;
    changes = createToolChanges(database, clock, keyOf(settings));
    kinds = createToolCategories(database, keyOf(settings));
    tools = row && toMap(remembered(JSON.parse(row.tools) as (ToolDefinition | string)[]));
    listDigest = row?.digest;
    version += 1;
  }

  /** Before version 4 of the database the list was kept whole, not as the digests of its definitions. */
  function remembered(list: (ToolDefinition | string)[]): ToolDefinition[] {
    return list.flatMap((one) => (typeof one === 'string' ? changes.kept([one]) : one));
  }

  /** Takes over tools that were read now, the whole list or some of it: one after the other, in turns. */
  function keep(seen: ToolDefinition[], whole: boolean): Promise<void> {
    keeping = keeping
      .then(() => keepNow(seen, whole))
      .catch((error) => {
        version += 1;
        // Together with what is known it is too much: the list is read anew, and refused if it is.
        if (error instanceof ToolListError && !closed) return void refresh();
        logger.warn({ reason: String(error) }, 'the tool list could not be remembered');
      });
    return keeping;
  }

  async function keepNow(seen: ToolDefinition[], whole: boolean): Promise<void> {
    const [mine, key] = [changes, keyOf(settings)];
    // What a part defines replaces what was known, what it lacks stays.
    const list = whole ? seen : [...toMap([...(tools?.values() ?? []), ...seen]).values()];
    const measure = createToolMeasure();
    await inTurns(new Set([...list, ...seen]), (tool) => {
      const length = measure(tool);
      digestOf(tool);
      kindOf(tool);
      return length;
    });
    if (mine !== changes) return;
    // The sandbox is Greenlight's own, and may be another after an update.
    const trusted = settings.kind === 'sandbox' ? 'always' : tools === undefined && 'if first';
    const offered = new Set(list.map(({ name }) => name));
    const { found, writes } = seeAll(seen, trusted, offered);
    const digests = list.map(digestOf);
    const digest = hash('sha256', digests.join());
    const same = tools !== undefined && digest === listDigest;
    if (same && writes.length === 0) return;
    version += 1;
    // The same definitions stay the same objects: argument schemas are compiled once per object.
    if (!same) tools = toMap(list);
    listDigest = digest;
    changed();
    if (found.size > 0) changeListeners.tell(found);
    await write(writes);
    database.transaction(() => remember.run(key, JSON.stringify(digests), digest, clock.now()));
  }

  /** What passed by before is what agents have read: where it is another than what is read now, that is a change. */
  function seeAll(
    ...[seen, trusted, offered]: Parameters<typeof changes.see>
  ): ReturnType<typeof changes.see> {
    const now = changes.see(seen, trusted, offered);
    const before = changes.see(passedBy.take(), false, offered);
    return { found: new Set([...now.found, ...before.found]), writes: [...now.writes, ...before.writes] };
  }

  /** Many writes are many transactions, with turns for others in between. */
  async function write(writes: readonly (() => number)[]): Promise<void> {
    for (let next = 0; next < writes.length; ) {
      if (next > 0) await ownTurn();
      database.transaction(() => {
        for (let written = 0; written <= LARGE && next < writes.length; next += 1)
          written += writes[next]?.() ?? 0;
      });
    }
  }

  function changed(): void {
    listeners.tell();
  }

  function stand(next: UpstreamStatus): void {
    const before = JSON.stringify(status);
    status = next;
    if (JSON.stringify(next) !== before) changed();
  }

  /** The list is read in `ms` milliseconds, unless it is read before. */
  function readIn(ms: number): void {
    cancelNext();
    if (!closed) cancelNext = clock.after(ms, () => void refresh());
  }

  /** Reads the list because it may have changed; one that changes without end is read now and then. */
  function readSoon(): void {
    if (reading) readAgain = true;
    else readIn(Math.max(0, lastRead + CHANGED_EVERY - clock.now()));
  }

  function refresh(): Promise<UpstreamStatus> {
    const { promise, resolve } = Promise.withResolvers<UpstreamStatus>();
    const cancel = clock.after(READ_TIMEOUT, () => {
      const says = upstream.starting?.();
      if (says !== undefined) waits(says);
      if (says !== undefined || status.status === 'starting') resolve(status);
    });
    void readOnce().then((found) => {
      cancel();
      resolve(found);
    });
    return promise;
  }

  function readOnce(): Promise<UpstreamStatus> {
    if (reading) return reading;
    const mine = read().finally(() => {
      if (reading !== mine) return;
      reading = undefined;
      if (readAgain) readSoon();
    });
    reading = mine;
    return mine;
  }

  async function read(): Promise<UpstreamStatus> {
    const target = upstream;
    lastRead = clock.now();
    readAgain = false;
    cancelNext();
    try {
      const found = await readTools(target, {
        timeoutMs: READ_TIMEOUT,
        place,
        onStarting(says) {
          if (target === upstream) waits(says);
        },
      });
      if (target === upstream) took = clock.now() - lastRead;
      if (target === upstream) await keep(found.tools, true);
      const wrong = await flawsOf(tools ? [...tools.values()] : found.tools, found.leftOut);
      if (target !== upstream) return status;
      ({ server } = found);
      flaws = wrong;
      stand(connected(found.tools.length));
      readIn(READ_EVERY);
    } catch (error) {
      if (target !== upstream) return status;
      if (status.status === 'connected' && isOfSession(error)) {
        readIn(RETRY_EVERY);
        return status;
      }
      const unauthorized = error instanceof ToolListError && error.kind === 'unauthorized';
      fails(unauthorized ? 'unauthorized' : 'unreachable', error);
      // A refused token stays refused until the person changes it, or the server its mind.
      readIn(unauthorized ? READ_EVERY : RETRY_EVERY);
    }
    return status;
  }

  function connected(count: number | undefined): UpstreamStatus {
    return compact({ kind: upstream.kind, status: 'connected' as const, server, tools: count, flaws });
  }

  /** It has not begun its work, and is waited for. */
  function waits(says: string): void {
    if (says === '' && clock.now() - lastRead >= READ_TIMEOUT) fails('unreachable', silent(place));
    else if (says !== '' && status.status !== 'connected') starts(says);
  }

  /** Its program is being fetched, most likely; `says`: its own words. */
  function starts(says: string): void {
    // Dots and bars say only that it is at it.
    const words = /[\p{L}\p{N}]/u.test(says) ? ` It says: ${says}` : '';
    const message = `It is being fetched or started, which can take minutes.${words}`;
    stand({ kind: upstream.kind, status: 'starting', message, ...(tools && { tools: tools.size }) });
  }

  function fails(as: 'unauthorized' | 'unreachable', error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    stand({ kind: upstream.kind, status: as, message, ...(tools && { tools: tools.size }) });
  }

  /** `target`, whose exchanges tell where it stands, as long as it is in use. */
  function watch(target: Upstream): Upstream {
    return {
      kind: target.kind,
      async send(request) {
        try {
          const answer = await target.send(request);
          if (target === upstream) answered(request, answer);
          return answer;
        } catch (error) {
          // A client that went away says nothing about the upstream.
          if (target === upstream && !closed && !request.signal.aborted && !isOfSession(error)) missed(error);
          throw error;
        }
      },
      close: () => target.close(),
    };
  }

  function missed(error: unknown): void {
    if (status.status !== 'unreachable') readIn(RETRY_EVERY);
    fails(error instanceof UpstreamError && error.unauthorized ? 'unauthorized' : 'unreachable', error);
  }

  function answered(request: UpstreamRequest, answer: UpstreamAnswer): void {
    const { status: code } = answer;
    if (code === 401 || code === 403) fails('unauthorized', explainStatus(code, place, upstream));
    else if (code >= 500) missed(explainStatus(code, place, upstream));
    else if (status.status !== 'connected' && code < 300 && isMcp(answer)) {
      // An event stream has only begun: whether it will answer, reading the list tells.
      if (!isStream(answer)) stand(connected(tools?.size));
      // It may be another one since.
      readSoon();
    } else if (status.status === 'connected' && isStrange(request, answer)) {
      // Reading the list, as a whole, tells whether there is an MCP server still.
      readSoon();
    }
  }

  return {
    upstream: () => watched,
    status: () => status,
    tools: () => [...(tools?.values() ?? [])],
    find(name) {
      const found = tools?.get(name);
      const change = changes.get(name);
      if (found) return { ...found, ...kinds.of(found), ...(change && { change }) };
      // Perhaps the upstream has it since; the agent that calls again finds out.
      if (!closed && clock.now() - lastRead > UNKNOWN_EVERY) void refresh();
      if (tools) return 'absent';
      const passed = passedBy.get(name);
      return passed ? { ...passed, ...kinds.of(passed.change.after) } : 'unread';
    },
    describe: (tool) => kinds.of(tool),
    correct(name, digest, category) {
      const found = tools?.get(name);
      if (!found || digestOf(found) !== digest) return false;
      kinds.correct(digest, category);
      version += 1;
      changed();
      return true;
    },
    change: (name) => changes.get(name),
    accept(these) {
      const accepted = changes.accept(these);
      version += 1;
      if (accepted) changed();
      return accepted;
    },
    use(next, nextSettings) {
      const before = upstream;
      upstream = next;
      watched = watch(next);
      settings = nextSettings;
      status = { kind: next.kind, status: 'starting' };
      took = 0;
      server = undefined;
      flaws = undefined;
      reading = undefined;
      passedBy = createPassedBy(() => clock.now());
      cancelNext();
      load();
      changed();
      void before
        .close()
        .catch((error) => logger.warn({ reason: String(error) }, 'the old upstream did not close'));
    },
    refresh,
    async saw(list) {
      const definitions = list.flatMap((item) => toDefinition(item) ?? []);
      if (tools) return keep(definitions, false);
      // A page of a list, perhaps: what is not known at all is read as a whole.
      const [mine, server] = [passedBy, settings.kind];
      const found = server === 'sandbox' ? new Set<string>() : await mine.add(definitions);
      if (mine !== passedBy) return;
      // It was read meanwhile.
      if (tools) return keep(mine.take(), false);
      if (found.size > 0) changeListeners.tell(found);
      version += 1;
      if (!closed) void refresh();
    },
    toolsVersion: () => version,
    openWithin: () => Math.max(OPEN_WITHIN, 2 * took),
    toolsChanged: readSoon,
    onChange: listeners.add,
    onToolsChanged: changeListeners.add,
    async close() {
      closed = true;
      cancelNext();
      await upstream.close();
      await keeping;
    },
  };
}

/** Whether one client's session, or that clients use all that there may be, is the whole matter. */
function isOfSession(error: unknown): boolean {
  const { cause } = error instanceof ToolListError ? error : { cause: error };
  return cause instanceof UpstreamError && cause.ofSession;
}

function isStream(answer: UpstreamAnswer): boolean {
  return /^text\/event-stream\b/i.test(answer.header('content-type') ?? '');
}

/** Whether the answer is one of an MCP server, not of something that answers anything with 200. */
function isMcp(answer: UpstreamAnswer): boolean {
  return /^(application\/json|text\/event-stream)\b/i.test(answer.header('content-type') ?? '');
}

/**
 * Whether the answer to a message is none of an MCP server: a redirect, another page than was asked for, no such place.
 * Where a session was named, 404 says that it is over.
 */
function isStrange({ method, headers }: UpstreamRequest, answer: UpstreamAnswer): boolean {
  if (method !== 'POST') return false;
  const { status: code } = answer;
  if (code === 404 || code === 405) return headers['mcp-session-id'] === undefined && !isMcp(answer);
  if (code >= 300) return code < 400;
  return answer.header('content-type') !== undefined && !isMcp(answer);
}

function toMap(definitions: ToolDefinition[]): Map<string, ToolDefinition> {
  return new Map(definitions.map((definition) => [definition.name, definition]));
}
