/** What a change to a policy would have changed in the last week, in words. */
import type { RehearsedGroup, Result } from '../../shared/contract.ts';
import { costWords } from '../../shared/cost.ts';

type Rehearsed = Result<'policies.rehearse'>;

/** "In the last 7 days, 12 calls ($4.80) would have passed unasked, and 3 been denied." */
export function triedWords(before: Rehearsed, after: Rehearsed, costUnit: string): string {
  if (after.calls === 0) return 'In the last 7 days there was no call to try it with.';
  const parts = (['allow', 'deny', 'ask'] as const).flatMap((would) => {
    const [was, is] = [sums(before.groups, would), sums(after.groups, would)];
    const calls = is.calls - was.calls;
    if (calls <= 0) return [];
    const cost = is.cost - was.cost;
    const price = cost > 0.005 ? ` (${costWords(cost, costUnit)})` : '';
    return [
      `${calls.toLocaleString('en')} ${calls === 1 ? 'call' : 'calls'}${price} more would have ${DONE[would]}`,
    ];
  });
  const span = after.cut ? `Of the newest ${after.calls.toLocaleString('en')} calls` : 'In the last 7 days';
  return parts.length === 0
    ? `${span}, nothing would have been otherwise.`
    : `${span}, ${parts.join(', and ')}.`;
}

const DONE = { allow: 'passed', deny: 'been denied', ask: 'been asked about' };

function sums(groups: readonly RehearsedGroup[], would: RehearsedGroup['would']) {
  const own = groups.filter((group) => group.would === would);
  return {
    calls: own.reduce((total, { calls }) => total + calls, 0),
    cost: own.reduce((total, { cost }) => total + cost, 0),
  };
}
