/** What the core knows, in the shapes of shared/contract.ts. */
import type { ActivityRow, Allowance, Approval, Client, ClientRef, Video } from '../../shared/contract.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { ActivityRecord } from '../ledger/activity.ts';
import type { Allowance as AllowanceRecord } from '../ledger/allowances.ts';
import type { ApprovalRecord } from '../ledger/approvals.ts';
import type { Grant } from '../ledger/grants.ts';
import type { VideoRecord } from '../ledger/videos.ts';

/** Leaves out what is undefined: absent members, not members without a value. */
export function compact<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}

export function clientRef(
  id: string,
  grant: Grant | undefined,
  client: { name?: string | null | undefined; version?: string | null | undefined } = {},
): ClientRef {
  return compact({
    id,
    label: grant?.label ?? 'a client that was removed',
    name: client.name ?? undefined,
    version: client.version || undefined,
  });
}

export function approvalView(record: ApprovalRecord, grant: Grant | undefined, waiting: number): Approval {
  return compact({
    id: record.id,
    state: record.state,
    client: clientRef(record.grantId, grant, { name: record.clientName, version: record.clientVersion }),
    tool: record.tool,
    arguments: record.arguments,
    createdAt: iso(record.createdAt),
    expiresAt: iso(record.expiresAt),
    signals: record.signals,
    cost: record.cost,
    policy: { id: record.policyId, version: record.policyVersion },
    rule: record.rule,
    session: record.session,
    waiting,
    ticket: record.ticket,
    decidedAt: record.decidedAt === undefined ? undefined : iso(record.decidedAt),
    reason: record.reason,
    edited: record.edited,
  });
}

export function allowanceView(record: AllowanceRecord, grant: Grant | undefined): Allowance {
  return compact({
    id: record.id,
    effect: record.effect,
    client: clientRef(record.grantId, grant),
    tool: record.tool,
    session: record.session,
    createdAt: iso(record.createdAt),
    until: record.until === undefined || !Number.isFinite(record.until) ? undefined : iso(record.until),
  });
}

export function clientView(
  grant: Grant,
  defaults: { policyId: string; holdSeconds: number },
  callsToday: number,
): Client {
  return compact({
    id: grant.id,
    label: grant.label,
    policyId: grant.policyId ?? defaults.policyId,
    followsDefault: grant.policyId === undefined,
    holdSeconds: grant.holdSeconds ?? defaults.holdSeconds,
    createdAt: iso(grant.createdAt),
    lastUsedAt: grant.lastUsedAt === undefined ? undefined : iso(grant.lastUsedAt),
    callsToday,
    name: grant.clientName,
    version: grant.clientVersion || undefined,
    revokedAt: grant.revokedAt === undefined ? undefined : iso(grant.revokedAt),
  });
}

export function activityView(row: ActivityRecord): ActivityRow {
  const text = (column: keyof ActivityRecord) => (row[column] === null ? undefined : String(row[column]));
  const number = (column: keyof ActivityRecord) => (row[column] === null ? undefined : Number(row[column]));
  const args = (column: 'arguments' | 'edited') =>
    row[column] === null ? undefined : (JSON.parse(String(row[column])) as JsonObject | string[]);
  const policyId = text('policy_id');
  return compact({
    id: String(row.id),
    at: iso(Number(row.at)),
    client: compact({
      id: String(row.grant_id),
      label: String(row.label),
      name: text('client_name'),
      version: text('client_version') || undefined,
    }),
    session: text('session'),
    tool: String(row.tool),
    arguments: args('arguments') ?? {},
    digest: String(row.digest),
    outcome: row.outcome as ActivityRow['outcome'],
    rule: String(row.rule),
    message: text('message'),
    decidedBy: text('decided_by') as ActivityRow['decidedBy'],
    policy: policyId === undefined ? undefined : { id: policyId, version: Number(row.policy_version) },
    approvalId: text('approval_id'),
    cost: number('cost'),
    waitMs: number('wait_ms'),
    latencyMs: number('latency_ms'),
    result: text('result') as ActivityRow['result'],
    upstreamStatus: number('upstream_status'),
    taskId: text('task_id'),
    edited: args('edited'),
  });
}

export function videoView(row: VideoRecord, grant: Grant | undefined): Video {
  return compact({
    taskId: row.task_id,
    videoId: row.video_id ?? undefined,
    state: row.state,
    prompt: row.prompt ?? undefined,
    tool: row.tool,
    client: clientRef(row.grant_id, grant),
    activityId: row.activity_id,
    approvalId: row.approval_id ?? undefined,
    createdAt: iso(row.created_at),
    videoUrl: row.video_url ?? undefined,
    thumbnailUrl: row.thumbnail_url ?? undefined,
    cost: row.cost ?? undefined,
  });
}
