/** A policy's draft, rehearsed with the newest calls of the log. */
import type { DatabaseSync } from 'node:sqlite';
import type { ActivityRow } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { limitsOf, parsePolicy } from '../../shared/policy/index.ts';
import { cutText } from '../base/cut.ts';
import { type ActivityEntry, type ActivityRecord, entryOf } from './activity-row.ts';
import type { Foreseen } from './foreseen.ts';
import { isClient } from './grants.ts';
import { boundsOf, firstSince, SIZE, type Turn } from './log-search.ts';
import { type Iso, viewOf } from './log-view.ts';
import { createRehearsal, type ToolNow } from './rehearsal.ts';
import { serverColumn } from './server-column.ts';

/** What is rehearsed: a policy with the calls since the instant `since`, of these grants or of all clients. */
export interface RehearsalAsked {
  /** A valid policy: the calls are those to its server. */
  document: Json;
  since: number;
  grants: string[] | undefined;
  /** Of the tools that the upstream offers now, by name. */
  tools: ReadonlyMap<string, ToolNow>;
  costUnit: string;
}

/** One call, and what would have become of it. */
interface RehearsedCall {
  row: ActivityRow;
  rule: string;
  message?: string;
}

/** Calls of which the same came, and would have come. */
interface RehearsedGroup {
  would: Foreseen['would'];
  /** Whether the person was asked, and whether it ran. */
  asked: boolean;
  ran: boolean;
  calls: number;
  /** What those of them cost that ran, as the log says, or else the policy; of those that did not, what they would. */
  cost: number;
  /** The newest of them. */
  newest: RehearsedCall[];
}

/** What a rehearsal came to. */
export interface Rehearsed {
  /** How many calls were rehearsed, and when the oldest of them was asked. */
  calls: number;
  from?: string;
  /** They are not all: only so many of the newest were read. */
  cut?: true;
  /** When the first call was asked that counts toward limits; absent where the policy has none. */
  countsFrom?: string;
  groups: RehearsedGroup[];
}

/** Calls that are read, and characters of them, at most. */
const MOST_CALLS = 20_000;
const MOST_READ = 64 * 1024 * 1024;

/** Calls of one group that are shown, and characters of each: 16 groups are within the largest answer. */
const MOST_SHOWN = 40;
const LONGEST_SHOWN = 1_200;
const LONGEST_MESSAGE = 300;

/** How long (ms) is read or judged between two turns; rows that are looked at between them, at most. */
const SLICE_TIME = 25;
const LARGEST_SLICE = 20_000;

/** A call, or several with one approval: those that came again with their ticket, or joined the question. */
interface Rehearsal extends Foreseen {
  /** The row that is shown: the one that ran, else the first. */
  seq: number;
  /** When the last of them was asked. */
  at: number;
  asked: boolean;
  ran: boolean;
  cost: number;
}

/** Rehearses in the order of time, beginning the longest window of a limit before `since`, so that limits have counted by then. */
export async function rehearse(
  sql: DatabaseSync,
  { document, since, grants, tools, costUnit }: RehearsalAsked,
  iso: Iso,
  turn: Turn,
): Promise<Rehearsed> {
  const parsed = parsePolicy(document);
  if (!parsed.ok) throw new Error(`The policy is not valid: ${parsed.errors[0]?.message}`);
  const windows = limitsOf(parsed.policy).map(({ windowMs }) => windowMs);
  const begin = firstSince(sql, since - Math.max(0, ...windows));
  const { seqs, ranLater, cut } = await findCalls(
    sql,
    { begin, server: parsed.policy.server, grants: grants && new Set(grants) },
    turn,
  );
  const bySeq = sql.prepare('SELECT * FROM activity WHERE seq = ?');
  const entryAt = (seq: number) => {
    const record = bySeq.get(seq) as ActivityRecord | undefined;
    // It may have been pruned meanwhile.
    return record && entryOf(record);
  };

  const judge = createRehearsal(parsed.policy, tools, costUnit, (at) => Date.parse(iso(at)));
  const rehearsed = new Map<string, Rehearsal>();
  let countsFrom: number | undefined;
  let from: number | undefined;
  let begun = performance.now();
  for (const seq of seqs) {
    if (performance.now() - begun > SLICE_TIME) {
      await turn();
      begun = performance.now();
    }
    const entry = entryAt(seq);
    if (!entry) continue;
    const { at } = entry;
    countsFrom ??= at;
    if (at >= since) from ??= at;
    const name = entry.approvalId ?? entry.id;
    const before = rehearsed.get(name);
    if (before) {
      Object.assign(before, { at }, entry.forwarded && { seq, ran: true });
      continue;
    }
    const ran = entry.forwarded || ranLater.has(name);
    // What it cost may be known of the row alone that ran.
    const known = { ...entry, cost: entry.cost ?? ranLater.get(name) };
    const foreseen = judge(known, ran);
    const cost = known.cost ?? parsed.policy.costs.get(entry.tool) ?? 0;
    rehearsed.set(name, { ...foreseen, seq, at, asked: wasAsked(entry), ran, cost });
  }

  const found = [...rehearsed.values()].filter(({ at }) => at >= since);
  return {
    calls: found.length,
    ...(from !== undefined && { from: iso(from) }),
    // What is left out may be only of before, where limits would have begun to count.
    ...(cut && from === countsFrom && { cut: true }),
    ...(windows.length > 0 && countsFrom !== undefined && { countsFrom: iso(countsFrom) }),
    groups: groupsOf(found, entryAt, iso),
  };
}

/**
 * The numbers of the newest calls from `begin` on, oldest first, and the approvals of those that ran, with their costs. A row's head says
 * all of that, however large it is.
 */
async function findCalls(
  sql: DatabaseSync,
  { begin, server, grants }: { begin: number; server: string; grants: ReadonlySet<string> | undefined },
  turn: Turn,
): Promise<{ seqs: number[]; ranLater: Map<string, number | undefined>; cut: boolean }> {
  const slice = sql.prepare(
    `SELECT seq, grant_id, approval_id, forwarded, cost, ${SIZE} AS size FROM activity
     WHERE seq <= ? AND seq >= ? AND server IS ? AND ${isClient('grant_id')} ORDER BY seq DESC`,
  );
  const seqs: number[] = [];
  const ranLater = new Map<string, number | undefined>();
  let size = 0;
  let rows = 500;
  for (let top = boundsOf(sql).newest; top >= begin; ) {
    const begun = performance.now();
    for (const row of slice.iterate(top, Math.max(begin, top - rows + 1), serverColumn(server))) {
      if (grants && !grants.has(String(row.grant_id))) continue;
      size += Number(row.size);
      if (seqs.length === MOST_CALLS || size > MOST_READ)
        return { seqs: seqs.reverse(), ranLater, cut: true };
      seqs.push(Number(row.seq));
      if (row.forwarded === 1 && row.approval_id !== null)
        ranLater.set(String(row.approval_id), row.cost === null ? undefined : Number(row.cost));
    }
    top -= rows;
    rows =
      performance.now() - begun > SLICE_TIME ? Math.max(1, rows >> 1) : Math.min(LARGEST_SLICE, rows * 2);
    await turn();
  }
  return { seqs: seqs.reverse(), ranLater, cut: false };
}

/** Whether the person was asked. A call that was denied because they had just denied it belongs to that question. */
function wasAsked({ approvalId, decidedBy }: ActivityEntry): boolean {
  return approvalId !== undefined || decidedBy === 'person';
}

function groupsOf(
  all: Rehearsal[],
  entryAt: (seq: number) => ActivityEntry | undefined,
  iso: Iso,
): RehearsedGroup[] {
  const groups = new Map<string, { group: RehearsedGroup; members: Rehearsal[] }>();
  for (const one of all) {
    const { would, asked, ran, cost } = one;
    const name = `${would} ${asked} ${ran}`;
    const known = groups.get(name) ?? {
      group: { would, asked, ran, calls: 0, cost: 0, newest: [] },
      members: [],
    };
    groups.set(name, known);
    known.group.calls += 1;
    known.group.cost += cost;
    known.members.push(one);
  }
  return [...groups.values()].map(({ group, members }) => ({
    ...group,
    newest: members
      .sort((a, b) => b.seq - a.seq)
      .slice(0, MOST_SHOWN)
      .flatMap(({ seq, rule, message }) => {
        const entry = entryAt(seq);
        if (!entry) return [];
        return {
          row: viewOf(entry, iso, LONGEST_SHOWN),
          rule: cutText(rule, LONGEST_MESSAGE),
          ...(message !== '' && { message: cutText(message, LONGEST_MESSAGE) }),
        };
      }),
  }));
}
