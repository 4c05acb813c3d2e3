import type { ActivityRow, Allowance, Approval, Client, ClientRef, Video } from '../../shared/contract.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Time } from '../base/ports.ts';
import type { ActivityEntry } from '../ledger/activity-row.ts';
import type { Allowance as AllowanceRecord } from '../ledger/allowances.ts';
import type { ApprovalRecord } from '../ledger/approvals.ts';
import type { Grant } from '../ledger/grants.ts';
import type { VideoRecord } from '../ledger/videos.ts';

/** Leaves out what is undefined: absent members, not members without a value. */
export function compact<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}

function clientRef(
  id: string,
  label: string,
  client: { name?: string | null | undefined; version?: string | null | undefined } = {},
): ClientRef {
  return compact({
    id,
    label,
    name: client.name ?? undefined,
    version: client.version || undefined,
  });
}

/** What the core knows, in the shapes of the contract; instants as the wall clock showed them. */
export type Views = ReturnType<typeof createViews>;

/** Views of what `time` dates. */
export function createViews(time: Time) {
  /** The instant `at` of Greenlight's time, as ISO text. */
  function iso(at: number): string {
    return new Date(time.toWall(at)).toISOString();
  }

  /** `label` is the client's; `waiting` how many calls wait. */
  function approval(record: ApprovalRecord, label: string, waiting: number): Approval {
    return compact({
      id: record.id,
      state: record.state,
      client: clientRef(record.grantId, label, { name: record.clientName, version: record.clientVersion }),
      tool: record.tool,
      arguments: record.arguments,
      also: Object.keys(record.also).length === 0 ? undefined : record.also,
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

  function allowance(record: AllowanceRecord, label: string): Allowance {
    return compact({
      id: record.id,
      effect: record.effect,
      client: clientRef(record.grantId, label),
      tool: record.tool,
      session: record.session,
      createdAt: iso(record.createdAt),
      until: record.until === undefined || !Number.isFinite(record.until) ? undefined : iso(record.until),
    });
  }

  function client(
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

  function activity(entry: ActivityEntry): ActivityRow {
    const args = (text: string) => JSON.parse(text) as JsonObject | string[];
    return compact({
      id: entry.id,
      at: iso(entry.at),
      client: compact({
        id: entry.grantId,
        label: entry.label,
        name: entry.clientName,
        version: entry.clientVersion || undefined,
      }),
      session: entry.session,
      tool: entry.tool,
      arguments: args(entry.arguments),
      also: entry.also === undefined ? undefined : args(entry.also),
      digest: entry.digest,
      outcome: entry.outcome,
      rule: entry.rule,
      message: entry.message,
      decidedBy: entry.decidedBy,
      policy: entry.policy,
      approvalId: entry.approvalId,
      cost: entry.cost,
      forwarded: entry.forwarded,
      waitMs: entry.waitMs,
      latencyMs: entry.latencyMs,
      result: entry.result,
      upstreamStatus: entry.upstreamStatus,
      taskId: entry.taskId,
      edited: entry.edited === undefined ? undefined : args(entry.edited),
    });
  }

  function video(row: VideoRecord, label: string): Video {
    return compact({
      taskId: row.task_id,
      videoId: row.video_id ?? undefined,
      state: row.state,
      prompt: row.prompt ?? undefined,
      tool: row.tool,
      client: clientRef(row.grant_id, label),
      activityId: row.activity_id,
      approvalId: row.approval_id ?? undefined,
      createdAt: iso(row.created_at),
      videoUrl: row.video_url ?? undefined,
      thumbnailUrl: row.thumbnail_url ?? undefined,
      cost: row.cost ?? undefined,
    });
  }

  return { iso, approval, allowance, client, activity, video };
}
