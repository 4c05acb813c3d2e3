import type { Settings } from '../../shared/settings.ts';
import type { Logger, Time } from '../base/ports.ts';
import { timeId } from '../base/time-id.ts';
import type { Database } from '../database/database.ts';
import type { Activity } from '../ledger/activity.ts';
import type { AskedCall } from '../ledger/activity-row.ts';
import type { Allowances } from '../ledger/allowances.ts';
import type { ApprovalRecord, Approvals } from '../ledger/approvals.ts';
import type { Grant, Grants } from '../ledger/grants.ts';
import { createLateWrites } from '../ledger/late-writes.ts';
import type { Limits } from '../ledger/limits.ts';
import type { Videos } from '../ledger/videos.ts';
import type { Policies } from '../policies/policies.ts';
import type { Admission, Call, ToolLookup, Wait } from './call.ts';
import { callDigest } from './call-digest.ts';
import { createDecide, type Decide } from './decide.ts';
import type { Guard } from './guard.ts';
import { createJudge } from './judge.ts';
import { createNews } from './news.ts';
import { recover } from './recovery.ts';
import { createRuns } from './runs.ts';
import type { Snooze } from './snooze.ts';
import { createStale } from './stale.ts';
import { createWaiting } from './waiting.ts';
import { createWatch } from './watch.ts';

export type { Admission, Call, Wait } from './call.ts';

/** What the gate judges by and writes to. */
export interface GateParts {
  database: Database;
  clock: Time;
  logger: Logger;
  grants: Grants;
  limits: Limits;
  approvals: Approvals;
  allowances: Allowances;
  guard: Guard;
  activity: Activity;
  videos: Videos;
  policies: Pick<Policies, 'inForce' | 'onChange'>;
  settings: () => Settings;
  snooze: Pick<Snooze, 'until'>;
  /** The policy of grants that name none on `server`; `undefined`: there is no such server. */
  defaultPolicyOf: (server: string) => string | undefined;
  /** As the server defines it that calls of this grant go to. */
  findTool: (server: string, name: string, grantId: string) => ToolLookup;
  /** Since when (ms) calls to `server` go to its upstream of now; for ever after, where there is no such server. */
  upstreamSince: (server: string) => number;
}

/** Decides what runs. */
export interface Gate {
  /**
   * Judges a call, with those that come beside it. What is decided is in the log, and reserved, when the
   * promise resolves. It never rejects.
   */
  admit(call: Call): Promise<Admission | { kind: 'wait'; wait: Wait }>;
  /** Carries out the person's answer. */
  decide: Decide;
  /** Denies every call of the client, those that wait too, until it is resumed. */
  pause(grantId: string): void;
  /** Ends the pause of the client, or a block that has an end. Returns whether there was one. */
  resume(grantId: string): boolean;
  /** How many calls wait for this approval right now. */
  waiting(approvalId: string): number;
  /** The person reads these questions now: their time stands still for some seconds, and for minutes in all. */
  read(approvalIds: readonly string[]): void;
  /** Until when the time of this approval stands still; `undefined` while it runs. */
  stillUntil(approvalId: string): number | undefined;
  /** Whether `grant` may not see `tool` in the tool list of `server`. */
  hides(grant: Grant, server: string, tool: string): boolean;
  /** To be called after settings were changed: what was asked under others is judged anew. */
  settingsChanged(): void;
  /** To be called after the upstream of `server` was exchanged, or it was removed: what was asked for another is refused. */
  upstreamExchanged(server: string): void;
  /** To be called when tools of `server` turn out to be changed: what was asked or allowed of them before is judged anew. */
  toolsChanged(server: string, names: ReadonlySet<string>): void;
  /** To be called after the person accepted tools of `server` as they are: what was asked of them is judged anew. */
  toolsAccepted(server: string, names: ReadonlySet<string>): void;
  /** The same after they said what tools do. */
  toolsCorrected(server: string, names: ReadonlySet<string>): void;
  /** Has the log tell what has happened until now: somebody is about to read it. */
  hurry(): void;
  /** Ends what ended by the clock while timers did not run (the machine slept). */
  catchUp(): void;
  /** Answers everything that waits, and marks it interrupted: Greenlight stops. */
  stop(): void;
  /**
   * Calls `listener` with each approval that was asked, answered or ended, or that more or fewer calls wait
   * for, until the returned function is called.
   */
  onApproval(listener: (approval: ApprovalRecord) => void): () => void;
  /** Why the log cannot be written at the moment, if it cannot. */
  trouble(): string | undefined;
}

/**
 * The gate: judges, reserves, asks, logs; decides what runs. Knows nothing of HTTP. Its parts stand on one
 * another, each knowing only those before it: runs, judge, news, waiting, stale, decide. What an earlier
 * process left open is ended first; throws StorageError when that cannot be written.
 */
export function createGate(given: GateParts): Gate {
  const { clock, logger, activity, allowances, grants } = given;
  recover(given);
  const lateWrites = createLateWrites(given);
  const runs = createRuns({ ...given, lateWrites });
  const judge = createJudge({ ...given, lateWrites, runs });
  const watch = createWatch(given);
  const news = createNews(logger);
  const waiting = createWaiting({ ...given, news, judge });
  const stale = createStale({ ...given, news, judge, waiting });
  const decide = createDecide({ ...given, news, runs, judge, waiting, stale });

  // Nobody could resume it.
  grants.onChange(({ id, revokedAt }) => {
    if (revokedAt !== undefined) allowances.unblock(id);
  });

  return {
    async admit(call) {
      waiting.catchUp();
      const at = clock.now();
      const asked: AskedCall = {
        id: timeId(at),
        at,
        grantId: call.grant.id,
        label: call.grant.label,
        clientName: call.client?.name,
        clientVersion: call.client?.version,
        session: call.session,
        server: call.server,
        tool: call.tool,
        arguments: judge.loggedArguments(call.arguments),
        also: Object.keys(call.also).length === 0 ? undefined : judge.loggedArguments(call.also),
        digest: callDigest(call),
      };
      // Once for a call, also where its decision has to be written again.
      let seen: AskedCall | undefined;
      const found = await judge.weighTogether(call, asked, (decision) => {
        seen ??= watch.see(call, asked, decision);
        activity.open(seen, decision);
      });
      return found.kind === 'ask' ? { kind: 'wait', wait: waiting.wait(found, call, asked) } : found;
    },
    decide,
    pause(grantId) {
      if (allowances.blockedUntil(grantId) !== Number.POSITIVE_INFINITY) allowances.block(grantId);
      logger.info({ client: grantId }, 'a client was paused');
      stale.clientPaused(grantId);
    },
    resume(grantId) {
      const resumed = allowances.unblock(grantId);
      if (resumed) logger.info({ client: grantId }, 'a client was resumed');
      return resumed;
    },
    waiting: (approvalId) => waiting.queue(approvalId).length,
    read(approvalIds) {
      for (const id of approvalIds) waiting.read(id);
    },
    stillUntil: waiting.stillUntil,
    hides: judge.hides,
    settingsChanged: stale.settingsChanged,
    upstreamExchanged: stale.upstreamExchanged,
    toolsChanged: stale.toolsChanged,
    toolsAccepted: stale.toolsAccepted,
    toolsCorrected: stale.toolsCorrected,
    hurry: lateWrites.hurry,
    catchUp: waiting.catchUp,
    stop() {
      judge.stop();
      waiting.stop();
      lateWrites.stop();
    },
    onApproval: news.approvals.add,
    trouble: lateWrites.trouble,
  };
}
