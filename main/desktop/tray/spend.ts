import type { LimitCounter, State } from '../../../shared/contract.ts';
import { serverLabel } from '../../../shared/server-name.ts';
import { caps, isNear, spentWords } from '../../../shared/spend.ts';
import { oneLine } from '../../notify/text.ts';

/** Longer menus scroll off the screen; the window shows all of them. */
const MOST = 4;

/** Code points of a client's label. */
const LONGEST_LABEL = 30;

/**
 * What was spent against the caps of the policies in use, a line for each: first over all servers, then what is nearest to
 * its cap. Limits that
 * count something else than cost have no line.
 */
export function spendLines(
  counters: readonly LimitCounter[],
  costUnit: string,
  servers: State['servers'] = [],
): string[] {
  return caps(counters)
    .slice(0, MOST)
    .map((counter) => spendLine(counter, costUnit, servers));
}

/** Whether a cap nears its end, or is there. */
export function isSpendNear(counters: readonly LimitCounter[]): boolean {
  return caps(counters).some(isNear);
}

function spendLine(counter: LimitCounter, costUnit: string, servers: State['servers']): string {
  const { client, server, session } = counter;
  const on = server === undefined ? undefined : serverLabel(servers, server);
  const whose = client === undefined ? '' : oneLine(client.label, LONGEST_LABEL);
  const who = [
    on === undefined ? '' : oneLine(on, LONGEST_LABEL),
    whose,
    session === undefined ? '' : 'one session',
  ]
    .filter(Boolean)
    .join(', ');
  const spent = `${isNear(counter) ? '⚠ ' : ''}${spentWords(counter, costUnit)}`;
  return who === '' ? spent : `${who}: ${spent}`;
}
