/** What was spent against the caps, for the tray, the sidebar and each card alike. */
import type { LimitCounter } from './contract.ts';
import { costWords } from './cost.ts';
import { windowWords } from './limit-words.ts';

const DAY_SECONDS = 86_400;

/** From which part of a cap on it is told that it nears its end. */
const NEAR = 0.8;

/** The caps in cost, that over all servers before a server's own, then what is nearest to its end first. `of`: those alone that this client's call, by this policy, counts toward. */
export function caps(
  counters: readonly LimitCounter[],
  of?: { clientId: string; policyId: string; session: string | undefined },
): LimitCounter[] {
  return counters
    .filter(({ counts, max }) => counts === 'cost' && max > 0)
    .filter(
      ({ client, session, policyIds }) =>
        of === undefined ||
        (policyIds.includes(of.policyId) &&
          (client === undefined || client.id === of.clientId) &&
          (session === undefined || session === of.session)),
    )
    .sort(
      (one, other) =>
        Number(isOverAll(other)) - Number(isOverAll(one)) || other.used / other.max - one.used / one.max,
    );
}

/** Whether it counts over all servers. */
export function isOverAll({ scope }: Pick<LimitCounter, 'scope'>): boolean {
  return scope === 'everywhere';
}

/** Whether it nears its end, or is there. */
export function isNear({ used, max }: Pick<LimitCounter, 'used' | 'max'>): boolean {
  return used >= max * NEAR * (1 - 1e-9);
}

/** "$4.80 of $5.00 today": the last 24 hours, as the limit counts them; and ", all servers" where it is for all of them. */
export function spentWords(
  counter: Pick<LimitCounter, 'used' | 'max' | 'windowSeconds' | 'scope'>,
  costUnit: string,
): string {
  const { used, max, windowSeconds } = counter;
  const when = windowSeconds === DAY_SECONDS ? 'today' : `in ${windowWords(windowSeconds)}`;
  return `${costWords(used, costUnit)} of ${costWords(max, costUnit)} ${when}${isOverAll(counter) ? ', all servers' : ''}`;
}
