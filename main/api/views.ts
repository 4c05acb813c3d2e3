import type { Allowance, Approval, Client, ClientRef, Video } from '../../shared/contract.ts';
import { ruleReason } from '../../shared/policy/rule-words.ts';
import { compact } from '../base/compact.ts';
import type { Time } from '../base/ports.ts';
import { hostsIn } from '../gate/stands-out.ts';
import type { Allowance as AllowanceRecord } from '../ledger/allowances.ts';
import type { ApprovalRecord } from '../ledger/approvals.ts';
import type { Grant } from '../ledger/grants.ts';
import { findHold } from '../ledger/hold.ts';
import type { VideoRecord } from '../ledger/videos.ts';
import type { Policies } from '../policies/policies.ts';

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

/** Views of what `time` dates, and `policies` ask for. */
export function createViews(time: Time, policies: Pick<Policies, 'inForce'>) {
  /** The instant `at` of Greenlight's time, as ISO text. */
  function iso(at: number): string {
    return new Date(time.toWall(at)).toISOString();
  }

  /** In the words of the policy that asked, while it is in force. */
  function why({ policyId, policyVersion, rule }: ApprovalRecord): string | undefined {
    const policy = policies.inForce(policyId);
    return ruleReason(rule, policy?.version === policyVersion ? policy.document : undefined);
  }

  /** `label` is the client's; `waiting` how many calls wait; `stillUntil`: until when its time stands still. */
  function approval(
    record: ApprovalRecord & { cut?: true },
    label: string,
    { waiting, stillUntil }: { waiting: number; stillUntil?: number | undefined },
  ): Approval {
    return compact({
      id: record.id,
      state: record.state,
      client: clientRef(record.grantId, label, { name: record.clientName, version: record.clientVersion }),
      tool: record.tool,
      arguments: record.arguments,
      also: Object.keys(record.also).length === 0 ? undefined : record.also,
      createdAt: iso(record.createdAt),
      expiresAt: iso(record.expiresAt),
      stillUntil: stillUntil === undefined ? undefined : iso(stillUntil),
      signals: record.signals,
      cost: record.cost,
      policy: { id: record.policyId, version: record.policyVersion },
      rule: record.rule,
      why: record.state === 'pending' ? why(record) : undefined,
      session: record.session,
      hosts: record.state === 'pending' ? hostsIn(record) : undefined,
      waiting,
      ticket: record.ticket,
      decidedAt: record.decidedAt === undefined ? undefined : iso(record.decidedAt),
      reason: record.reason,
      edited: record.edited,
      cut: record.cut,
    });
  }

  function allowance(record: AllowanceRecord, label: string): Allowance {
    return compact({
      id: record.id,
      effect: record.effect,
      client: clientRef(record.grantId, label),
      tool: record.tool,
      only:
        record.only &&
        ('hosts' in record.only ? { hosts: [...record.only.hosts] } : { prompt: true as const }),
      ceiling: compact(record.ceiling),
      used: record.used,
      createdAt: iso(record.createdAt),
      until: record.until === undefined || !Number.isFinite(record.until) ? undefined : iso(record.until),
    });
  }

  function client(
    grant: Grant,
    defaults: { policyId: string; holdSeconds: number },
    { callsToday, paused }: { callsToday: number; paused: boolean },
  ): Client {
    return compact({
      id: grant.id,
      label: grant.label,
      policyId: grant.policyId ?? defaults.policyId,
      followsDefault: grant.policyId === undefined,
      watchedPolicyId: grant.watchedPolicyId,
      holdSeconds: findHold(grant, defaults.holdSeconds),
      createdAt: iso(grant.createdAt),
      lastUsedAt: grant.lastUsedAt === undefined ? undefined : iso(grant.lastUsedAt),
      callsToday,
      paused,
      name: grant.clientName,
      version: grant.clientVersion || undefined,
      revokedAt: grant.revokedAt === undefined ? undefined : iso(grant.revokedAt),
    });
  }

  function video(row: VideoRecord & { cut?: true }, label: string): Video {
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
      cut: row.cut,
    });
  }

  return { iso, approval, allowance, client, video };
}
