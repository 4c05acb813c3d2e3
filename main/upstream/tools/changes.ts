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
  /** It passed by in an answer, and Greenlight has not read the list itself yet. */
  unread?: true;
}

/** Which definitions of one upstream's tools the person has accepted, and which they have not. */
export interface ToolChanges {
  /**
   * Notes `definitions`: `found` are the names of tools with a change that was not known, `writes` keep what was
   * noted, each in a transaction that is given; they return characters. `trusted`: what is there is accepted, always
   * or if nothing was ever read of this upstream. `offered`: the names of all that the upstream offers now.
   */
  see(
    definitions: readonly ToolDefinition[],
    trusted: 'always' | 'if first' | false,
    offered: ReadonlySet<string>,
  ): { found: ReadonlySet<string>; writes: readonly (() => number)[] };
  /** The definitions that are kept under `digests`, as far as they are. */
  kept(digests: readonly string[]): ToolDefinition[];
  get(name: string): ToolChange | undefined;
  /** Accepts these changes, or none: returns false when one of them is not so (any more). Throws StorageError. */
  accept(changes: readonly { name: string; digest: string }[]): boolean;
}

/**
 * Tools that were never accepted and are offered no more, of which so many are remembered: a server may call its tools
 * otherwise in each list. One that is forgotten is new when it comes back, and so a change again.
 */
const MOST_GONE = 2000;

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
  const select = sql.prepare('SELECT definition FROM tool_definitions WHERE upstream = ? AND digest = ?');
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

  function keep(digest: string, tool: ToolDefinition, acceptedAt: number | null): number {
    const text = JSON.stringify(tool);
    insert.run(key, digest, text, clock.now(), acceptedAt);
    return text.length;
  }

  /** Keeps a definition as it stands by then: it may have been accepted, or become another. */
  function keepAsItStands(digest: string, tool: ToolDefinition): number {
    const known = knownOf(tool.name);
    if (known.accepted.has(digest)) return keep(digest, tool, clock.now());
    return known.change?.digest === digest ? keep(digest, tool, null) : 0;
  }

  /** Forgets the oldest tools that were never accepted and are not offered, beyond so many. */
  function forget(offered: ReadonlySet<string>): (() => number)[] {
    if (tools.size <= MOST_GONE) return [];
    const gone = [...tools].filter(([name, { accepted }]) => accepted.size === 0 && !offered.has(name));
    const age = ([, { change }]: [string, Known]) => change?.seenAt ?? 0;
    const oldest = gone.sort((a, b) => age(a) - age(b)).slice(0, Math.max(0, gone.length - MOST_GONE));
    return oldest.map(([name, { change }]) => {
      tools.delete(name);
      return () => (change ? removed(change) : 0);
    });
  }

  function removed({ digest, after }: ToolChange): number {
    remove.run(key, digest);
    return JSON.stringify(after).length;
  }

  return {
    see(definitions, trusted, offered) {
      const found = new Set<string>();
      const writes: (() => number)[] = [];
      const accepts = trusted === 'always' || (trusted === 'if first' && tools.size === 0);
      for (const tool of definitions) {
        const known = knownOf(tool.name);
        const digest = digestOf(tool);
        if (known.accepted.has(digest) || known.change?.digest === digest) continue;
        writes.push(() => keepAsItStands(digest, tool));
        if (accepts || (known.partly && !known.change && sameAsFarAsKept(known.last, tool))) {
          known.accepted.add(digest);
          known.last = tool;
          known.partly = false;
          continue;
        }
        const earlier = known.change;
        known.change = { digest, after: tool, seenAt: clock.now() };
        found.add(tool.name);
        if (earlier) writes.push(() => removed(earlier));
      }
      return { found, writes: [...writes, ...forget(offered)] };
    },
    kept: (digests) =>
      digests.flatMap((digest) => {
        const row = select.get(key, digest) as { definition: string } | undefined;
        return row ? (JSON.parse(row.definition) as ToolDefinition) : [];
      }),
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

const digests = new WeakMap<ToolDefinition, string>();

/** The digest of shared/digest.ts, by Node's own SHA-256; made once per object, since lists are long and pass often. */
export function digestOf(tool: ToolDefinition): string {
  const known = digests.get(tool) ?? hash('sha256', canonicalJson(tool as unknown as Json));
  digests.set(tool, known);
  return known;
}
