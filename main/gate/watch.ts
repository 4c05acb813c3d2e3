import { minuteOfWeek } from '../../shared/policy/index.ts';
import type { Settings } from '../../shared/settings.ts';
import { cutText } from '../base/cut.ts';
import type { Logger, Time } from '../base/ports.ts';
import type { Activity } from '../ledger/activity.ts';
import type { AskedCall, Decision } from '../ledger/activity-row.ts';
import { scopesOf } from '../ledger/counters.ts';
import { createForesight, type Foreseen, type Foresight } from '../ledger/foreseen.ts';
import type { Grants } from '../ledger/grants.ts';
import type { Policies } from '../policies/policies.ts';
import type { Call, ToolLookup } from './call.ts';

/** Watches policies beside those that judge: they decide nothing, and the log says what they would have done. */
export interface Watch {
  /**
   * The call as the log is to have it, with what the policy would have done that its client has watched, if one is that
   * is for this server. Comes after the decision. Never throws: a fault of that policy is told in its place.
   */
  see(call: Call, asked: AskedCall, decision: Decision): AskedCall;
}

/** Characters that a rule, or words, of it have in the log, at most. */
const LONGEST = 300;

/** Questions of which it is remembered that they count once they run, at most. */
const MOST_ASKING = 1_000;

/**
 * Counts toward the limits of watched policies in memory, from the start of Greenlight on, each policy by itself. What
 * would have been asked counts once it runs in fact.
 */
export function createWatch(parts: {
  grants: Pick<Grants, 'get'>;
  policies: Pick<Policies, 'inForce'>;
  findTool: (server: string, name: string, grantId: string) => ToolLookup;
  settings: () => Settings;
  activity: Pick<Activity, 'onWritten'>;
  clock: Pick<Time, 'toWall'>;
  logger: Logger;
}): Watch {
  const foresights = new Map<string, Foresight>();
  /** By their approvals, calls that would have been asked, and were: counts them. */
  const asking = new Map<string, () => void>();
  parts.activity.onWritten(({ approvalId, forwarded }) => {
    const count = approvalId !== undefined && forwarded && asking.get(approvalId);
    if (!count) return;
    asking.delete(approvalId);
    count();
  });

  /** Nobody may ever come to run it. */
  function countOnceRun(approvalId: string, count: () => void): void {
    const [oldest] = asking.keys();
    if (oldest !== undefined && asking.size === MOST_ASKING) asking.delete(oldest);
    asking.set(approvalId, count);
  }

  function foresightOf(policyId: string): Foresight {
    const known = foresights.get(policyId);
    if (known) return known;
    const fresh = createForesight(() => parts.settings().costUnit);
    foresights.set(policyId, fresh);
    return fresh;
  }

  function foresee(call: Call, asked: AskedCall, decision: Decision, policyId: string) {
    const inForce = parts.policies.inForce(policyId);
    if (!inForce)
      return { foreseen: cannotTell('There is no valid policy to watch. Choose another one, at Clients.') };
    const { version, policy } = inForce;
    // It would never judge this call.
    if (policy.server !== call.server) return undefined;
    const tool = parts.findTool(call.server, call.tool, call.grant.id);
    if (tool === 'absent') {
      const message = 'The upstream does not offer this tool.';
      return { version, foreseen: { would: 'deny', rule: '(hidden)', message } satisfies Foreseen };
    }
    const { foreseen, count } = foresightOf(policyId).judge(policy, {
      at: asked.at,
      scopes: scopesOf(asked),
      tool: call.tool,
      arguments: call.arguments,
      also: call.also,
      inputSchema: tool === 'unread' ? undefined : tool.inputSchema,
      category: tool === 'unread' ? undefined : tool.category,
      minuteOfWeek: minuteOfWeek(parts.clock.toWall(asked.at)),
    });
    if (foreseen.would === 'allow' || decision.forwarded) count();
    else if (foreseen.would === 'ask' && decision.approvalId !== undefined)
      countOnceRun(decision.approvalId, count);
    return { version, foreseen };
  }

  return {
    see(call, asked, decision) {
      const policyId = parts.grants.get(call.grant.id)?.watchedPolicyId;
      if (policyId === undefined || comesAgain(decision)) return asked;
      let found: { version?: number; foreseen: Foreseen } | undefined;
      try {
        found = foresee(call, asked, decision, policyId);
      } catch (error) {
        parts.logger.error({ err: error, policy: policyId }, 'a watched policy could not judge a call');
        found = { foreseen: cannotTell('Greenlight met an error of its own; its log says more.') };
      }
      if (!found) return asked;
      const { would, rule, message } = found.foreseen;
      const watched = {
        policy: { id: policyId, ...(found.version !== undefined && { version: found.version }) },
        would,
        ...(rule !== '' && { rule: cutText(rule, LONGEST) }),
        ...(message !== '' && { message: cutText(message, LONGEST) }),
      };
      return { ...asked, watched: JSON.stringify(watched) };
    },
  };
}

/** Whether its question was asked before, and was judged then: it has a ticket, or was just denied. */
function comesAgain({ approvalId, outcome }: Decision): boolean {
  return approvalId !== undefined && outcome !== 'pending';
}

function cannotTell(message: string): Foreseen {
  return { would: 'unknown', rule: '', message };
}
