import type { Allowance, Approval, Client, ClientRef, Video } from '../../shared/contract.ts';
import { ruleReason } from '../../shared/policy/rule-words.ts';
import { LUMA } from '../../shared/server-id.ts';
import { compact } from '../base/compact.ts';
import type { Time } from '../base/ports.ts';
import { hostsIn } from '../gate/stands-out.ts';
import type { Allowance as AllowanceRecord } from '../ledger/allowances.ts';
import type { ApprovalRecord } from '../ledger/approvals.ts';
import type { Grant } from '../ledger/grants.ts';
import { findHold } from '../ledger/hold.ts';
import type { VideoRecord } from '../ledger/videos.ts';
import type { Policies } from '../policies/policies.ts';
import type { Server } from '../servers/server.ts';

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

/** The rule of a policy that asks for all that it says nothing of. */
const ASK_BY_DEFAULT = '(default require_approval)';

/** States of questions that went away: the reason is Greenlight's, and written for agents, to whom the person is the user. */
const GONE = new Set<ApprovalRecord['state']>(['expired', 'withdrawn', 'interrupted']);

function toPerson(reason: string): string {
  return reason
    .replaceAll('The user has ', 'You have ')
    .replaceAll('The user ', 'You ')
    .replaceAll('the user was ', 'you were ')
    .replaceAll('the user', 'you')
    .replaceAll('for them', 'for you');
}

/** What the core knows, in the shapes of the contract; instants as the wall clock showed them. */
export type Views = ReturnType<typeof createViews>;

/** Views of what `time` dates, `policies` ask for, and the tools of `servers` do. */
export function createViews(
  time: Time,
  policies: Pick<Policies, 'inForce'>,
  servers: { get(id: string): Pick<Server, 'connection'> | undefined },
) {
  /** The instant `at` of Greenlight's time, as ISO text. */
  function iso(at: number): string {
    return new Date(time.toWall(at)).toISOString();
  }

  /** In the words of the policy that asked, while it is in force. */
  function why(record: ApprovalRecord): string | undefined {
    const { policyId, policyVersion, rule } = record;
    const policy = policies.inForce(policyId);
    const reason = ruleReason(rule, policy?.version === policyVersion ? policy.document : undefined);
    const changes = rule === ASK_BY_DEFAULT ? changesBecause(record) : undefined;
    return changes === undefined ? reason : `${reason}, and this one changes something: ${changes}`;
  }

  /** Why a tool is thought to change something, which nothing else about the question says; of Luma’s own it is known. */
  function changesBecause({ server, tool }: ApprovalRecord): string | undefined {
    const connection = server === LUMA ? undefined : servers.get(server)?.connection;
    const known = connection?.tools().find(({ name }) => name === tool);
    const found = known && connection?.describe(known);
    if (found?.category !== 'write') return undefined;
    return found.corrected
      ? 'you said so'
      : found.because.replace(/^[A-Z]/, (first) => first.toLowerCase()).replace(/\.$/, '');
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
      server: record.server,
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
      reason:
        record.reason === undefined || !GONE.has(record.state) ? record.reason : toPerson(record.reason),
      edited: record.edited,
      cut: record.cut,
    });
  }

  function allowance(record: AllowanceRecord, label: string): Allowance {
    return compact({
      id: record.id,
      effect: record.effect,
      client: clientRef(record.grantId, label),
      server: record.server,
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
    servers: Client['servers'],
    { callsToday, paused, holdSeconds }: { callsToday: number; paused: boolean; holdSeconds: number },
  ): Client {
    const [first] = servers;
    return compact({
      id: grant.id,
      label: grant.label,
      policyId: first?.policyId ?? '',
      followsDefault: first?.followsDefault ?? true,
      servers,
      watchedPolicyId: grant.watchedPolicyId,
      holdSeconds: findHold(grant, holdSeconds),
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
      server: row.server,
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
