import { hash } from 'node:crypto';
import { canonicalJson } from '../../../shared/digest.ts';
import type { Json } from '../../../shared/json.ts';
import type { Clock } from '../../base/ports.ts';
import type { Database } from '../../database/database.ts';
import type { ToolDefinition } from './page.ts';

/** A tool that the upstream has defined otherwise than the person accepted, or that is new. */
export interface ToolChange {
  /** Names `after`: what the person was shown is what they accept. */
  digest: string;
  /** What was accepted last; absent: the tool is new. */
  before?: ToolDefinition | undefined;
  after: ToolDefinition;
  seenAt: number;
}

/** Which definitions of one upstream's tools the person has accepted, and which they have not. */
export interface ToolChanges {
  /**
   * Notes `definitions`: `found` are the names of tools with a change that was not known, `write` keeps what was
   * noted. `trusted`: what is there is accepted, always or if nothing was ever read of this upstream.
   */
  see(
    definitions: readonly ToolDefinition[],
    trusted: 'always' | 'if first' | false,
  ): { found: ReadonlySet<string>; write: (() => void) | undefined };
  get(name: string): ToolChange | undefined;
  /** Accepts these changes, or none: returns false when one of them is not so (any more). Throws StorageError. */
  accept(changes: readonly { name: string; digest: string }[]): boolean;
}

interface Known {
  /** Digests of the definitions that were accepted at some time. */
  accepted: Set<string>;
  last?: ToolDefinition;
  /** `last` is of before titles, annotations and the schemas of answers were kept. */
  partly?: boolean;
  change?: ToolChange;
}

interface Row {
  digest: string;
  definition: string;
  seen_at: number;
  accepted_at: number | null;
}

/**
 * The definitions that are kept in `database` of the upstream `key`. One that was not accepted stays a change
 * when the upstream takes it back: an agent may have read it.
 */
export function createToolChanges(database: Database, clock: Clock, key: string): ToolChanges {
  const { sql } = database;
  const insert = sql.prepare(
    'INSERT OR REPLACE INTO tool_definitions (upstream, digest, definition, seen_at, accepted_at) VALUES (?, ?, ?, ?, ?)',
  );
  const remove = sql.prepare('DELETE FROM tool_definitions WHERE upstream = ? AND digest = ?');
  const tools = new Map<string, Known>();

  const rows = sql
    .prepare('SELECT * FROM tool_definitions WHERE upstream = ? ORDER BY accepted_at')
    .all(key) as unknown as Row[];
  for (const { digest, definition, seen_at, accepted_at } of rows) {
    const tool = JSON.parse(definition) as ToolDefinition;
    const known = knownOf(tool.name);
    if (accepted_at === null) known.change = { digest, after: tool, seenAt: seen_at };
    else {
      known.accepted.add(digest);
      known.last = tool;
      known.partly = digest.startsWith(PARTLY);
    }
  }

  function knownOf(name: string): Known {
    const known = tools.get(name) ?? { accepted: new Set() };
    tools.set(name, known);
    return known;
  }

  function keep(digest: string, tool: ToolDefinition, acceptedAt: number | null): void {
    insert.run(key, digest, JSON.stringify(tool), clock.now(), acceptedAt);
  }

  return {
    see(definitions, trusted) {
      const found = new Set<string>();
      const writes: (() => void)[] = [];
      const accepts = trusted === 'always' || (trusted === 'if first' && tools.size === 0);
      for (const tool of definitions) {
        const known = knownOf(tool.name);
        const digest = digestOf(tool);
        if (known.accepted.has(digest) || known.change?.digest === digest) continue;
        if (accepts || (known.partly && !known.change && sameAsFarAsKept(known.last, tool))) {
          known.accepted.add(digest);
          known.last = tool;
          known.partly = false;
          writes.push(() => keep(digest, tool, clock.now()));
          continue;
        }
        const earlier = known.change?.digest;
        known.change = { digest, after: tool, seenAt: clock.now() };
        found.add(tool.name);
        writes.push(() => {
          if (earlier !== undefined) remove.run(key, earlier);
          keep(digest, tool, null);
        });
      }
      const write = () => {
        for (const one of writes) one();
      };
      return { found, write: writes.length > 0 ? write : undefined };
    },
    get(name) {
      const known = tools.get(name);
      return known?.change && { ...known.change, before: known.last };
    },
    accept(changes) {
      const accepted = changes.flatMap(({ name, digest }) => {
        const change = tools.get(name)?.change;
        return change?.digest === digest ? change : [];
      });
      if (accepted.length < changes.length) return false;
      database.transaction(() => {
        for (const { digest, after } of accepted) keep(digest, after, clock.now());
      });
      for (const { digest, after } of accepted) {
        const known = knownOf(after.name);
        known.accepted.add(digest);
        known.last = after;
        known.partly = false;
        delete known.change;
      }
      return true;
    },
  };
}

/** What the digests of definitions begin with that a migration took over. */
const PARTLY = 'before ';

function sameAsFarAsKept(kept: ToolDefinition | undefined, tool: ToolDefinition): boolean {
  const part = ({ name, description, inputSchema }: ToolDefinition) =>
    digestOf({ name, ...(description !== undefined && { description }), inputSchema });
  return kept !== undefined && part(kept) === part(tool);
}

/** The digest of shared/digest.ts, by Node's own SHA-256: lists are long and pass often. */
export function digestOf(tools: ToolDefinition | readonly ToolDefinition[]): string {
  return hash('sha256', canonicalJson(tools as unknown as Json));
}
