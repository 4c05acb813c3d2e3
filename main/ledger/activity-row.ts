/** One row of the activity log: its columns, and the two shapes it has, in the database and in code. */

import { isTest } from './grants.ts';
import { serverColumn, serverOfColumn } from './server-column.ts';

/** What is written when the call is asked and never changes. */
const ASKED = [
  'seq',
  'id',
  'at',
  'grant_id',
  'label',
  'client_name',
  'client_version',
  'session',
  'tool',
  'arguments',
  'digest',
  'also',
  'watched',
  'server',
] as const;
/** What is written with each decision. */
export const DECIDED = [
  'policy_id',
  'policy_version',
  'cost',
  'approval_id',
  'outcome',
  'rule',
  'message',
  'decided_by',
  'wait_ms',
  'edited',
  'forwarded',
  'answered_by',
] as const;
/** What is written once the call has run. */
export const COMPLETED = ['result', 'latency_ms', 'upstream_status', 'task_id'] as const;

/** Every column. */
export const COLUMNS = [...ASKED, ...DECIDED, ...COMPLETED] as const;

/** The name of a column. */
export type Column = (typeof COLUMNS)[number];

/** Columns that came later: a row in which they are empty is sealed as it was before they came. */
const LATER: readonly Column[] = ['also', 'watched', 'answered_by', 'server'];
const FIRST = COLUMNS.filter((column) => !LATER.includes(column));

/** A row as it is in the database. */
export type ActivityRecord = Record<Column, string | number | null>;

/** What is known of a call when it is asked. Times in milliseconds. */
export interface AskedCall {
  id: string;
  at: number;
  grantId: string;
  label: string;
  clientName: string | undefined;
  clientVersion: string | undefined;
  session: string | undefined;
  /** The server that it is for. */
  server: string;
  tool: string;
  /** JSON text: the masked arguments, or the list of their names. */
  arguments: string;
  digest: string;
  /** What else was sent, as JSON text like `arguments`; absent where nothing was. */
  also?: string | undefined;
  /** What the policy that is watched would have done, as JSON text; absent where none is. */
  watched?: string | undefined;
}

/** Who decided. `timeout`: nobody did in time. `client`: it left. `greenlight`: it could not be judged or Greenlight stopped. */
export type DecidedBy =
  | 'policy'
  | 'person'
  | 'allowance'
  | 'guard mode'
  | 'timeout'
  | 'client'
  | 'greenlight';

/** By what way the person answered. */
export type AnsweredBy = 'window' | 'tray' | 'notification' | 'phone' | 'command line';

/** What was decided of a call, so far. Times in milliseconds. */
export interface Decision {
  outcome: 'pending' | 'allowed' | 'denied' | 'waiting' | 'expired' | 'withdrawn' | 'interrupted';
  rule: string;
  message?: string | undefined;
  decidedBy?: DecidedBy | undefined;
  /** Set where the person answered a question. */
  answeredBy?: AnsweredBy | undefined;
  policy?: { id: string; version: number } | undefined;
  cost?: number | undefined;
  approvalId?: string | undefined;
  waitMs?: number | undefined;
  /** JSON text of the arguments that run instead. */
  edited?: string | undefined;
  /** Whether the call goes to the upstream next. */
  forwarded: boolean;
}

/** What came of a forwarded call. Times in milliseconds. */
export interface Completion {
  result: 'ok' | 'input required' | 'tool error' | 'upstream error' | 'cancelled' | 'interrupted';
  latencyMs?: number | undefined;
  upstreamStatus?: number | undefined;
  taskId?: string | undefined;
  /** What the agent was told in Greenlight's own words, where there is no answer. */
  message?: string | undefined;
  /** What it cost, where its answer said it: in the place of what the decision said. */
  cost?: number | undefined;
}

/** A row of the log as code reads it. `seq` orders the log; what is not known, or not known yet, is absent. */
export interface ActivityEntry extends AskedCall, Decision, Partial<Completion> {
  seq: number;
}

/** The columns of a call that was just asked. */
export function askedColumns(seq: number, call: AskedCall): Pick<ActivityRecord, (typeof ASKED)[number]> {
  return {
    seq,
    id: call.id,
    at: call.at,
    grant_id: call.grantId,
    label: storable(call.label),
    client_name: storable(call.clientName),
    client_version: storable(call.clientVersion),
    session: storable(call.session),
    tool: storable(call.tool),
    arguments: call.arguments,
    digest: call.digest,
    also: call.also ?? null,
    watched: call.watched ?? null,
    server: serverColumn(call.server),
  };
}

/** The columns of a decision on a call of `grantId`. What a test call would cost is not spent. */
export function decisionColumns(
  decision: Decision,
  grantId: string,
): Pick<ActivityRecord, (typeof DECIDED)[number]> {
  return {
    policy_id: decision.policy?.id ?? null,
    policy_version: decision.policy?.version ?? null,
    cost: isTest(grantId) ? null : (decision.cost ?? null),
    approval_id: decision.approvalId ?? null,
    outcome: decision.outcome,
    // A rule names the tool, and a tool's name is the client's.
    rule: storable(decision.rule),
    message: storable(decision.message),
    decided_by: decision.decidedBy ?? null,
    wait_ms: decision.waitMs ?? null,
    edited: decision.edited ?? null,
    forwarded: decision.forwarded ? 1 : 0,
    answered_by: decision.answeredBy ?? null,
  };
}

/** The columns of what came of a call; of nothing yet, if that is not known. */
export function completionColumns(
  completion: Completion | undefined,
): Pick<ActivityRecord, (typeof COMPLETED)[number]> {
  return {
    result: completion?.result ?? null,
    latency_ms: completion?.latencyMs ?? null,
    upstream_status: completion?.upstreamStatus ?? null,
    task_id: storable(completion?.taskId),
  };
}

/** What the columns of `record` say. The log may have been changed by others: what it says is not checked. */
export function entryOf(record: ActivityRecord): ActivityEntry {
  const text = (column: Column) => (record[column] === null ? undefined : String(record[column]));
  const number = (column: Column) => (record[column] === null ? undefined : Number(record[column]));
  const policyId = text('policy_id');
  return {
    seq: Number(record.seq),
    id: String(record.id),
    at: Number(record.at),
    grantId: String(record.grant_id),
    label: String(record.label),
    clientName: text('client_name'),
    clientVersion: text('client_version'),
    session: text('session'),
    server: serverOfColumn(record.server),
    tool: String(record.tool),
    arguments: String(record.arguments),
    digest: String(record.digest),
    also: text('also'),
    watched: text('watched'),
    policy: policyId === undefined ? undefined : { id: policyId, version: Number(record.policy_version) },
    cost: number('cost'),
    approvalId: text('approval_id'),
    outcome: record.outcome as Decision['outcome'],
    rule: String(record.rule),
    message: text('message'),
    decidedBy: text('decided_by') as DecidedBy | undefined,
    answeredBy: text('answered_by') as AnsweredBy | undefined,
    waitMs: number('wait_ms'),
    edited: text('edited'),
    forwarded: record.forwarded === 1,
    ...(record.result !== null && { result: record.result as Completion['result'] }),
    latencyMs: number('latency_ms'),
    upstreamStatus: number('upstream_status'),
    taskId: text('task_id'),
  };
}

/** The values of `columns`, in that order. */
export function valuesOf(record: ActivityRecord, columns: readonly Column[]): (string | number | null)[] {
  return columns.map((column) => record[column]);
}

/** What is sealed of `record`: the values of its columns, in an order that never changes. */
export function sealedValues(record: ActivityRecord): unknown[] {
  const later = LATER.filter((column) => record[column] !== null);
  return [...valuesOf(record, FIRST), ...later.map((column) => [column, record[column]])];
}

/** Text as SQLite gives it back: no lone surrogates, no NUL; otherwise the chain would not verify. */
export function storable(text: string): string;
export function storable(text: string | undefined): string | null;
export function storable(text: string | undefined): string | null {
  return text === undefined ? null : text.toWellFormed().replaceAll('\0', '\u2400');
}
