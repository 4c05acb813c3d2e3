import type { LimitCounter } from '../../../shared/contract.ts';
import { costWords } from '../../../shared/cost.ts';
import { formatDuration } from '../../../shared/duration.ts';
import { oneLine } from '../../notify/text.ts';

/** Longer menus scroll off the screen; the window shows all of them. */
const MOST = 4;

/** Code points of a client's label. */
const LONGEST_LABEL = 30;

const DAY_SECONDS = 86_400;

/**
 * What was spent against the caps of the policies in use, a line for each; what is nearest to its cap first. Limits that
 * count something else than cost have no line.
 */
export function spendLines(counters: readonly LimitCounter[], costUnit: string): string[] {
  return counters
    .filter(({ counts, max }) => counts === 'cost' && max > 0)
    .sort((one, other) => other.used / other.max - one.used / one.max)
    .slice(0, MOST)
    .map((counter) => spendLine(counter, costUnit));
}

function spendLine({ used, max, windowSeconds, client, session }: LimitCounter, costUnit: string): string {
  const whose = client === undefined ? '' : oneLine(client.label, LONGEST_LABEL);
  const who = [whose, session === undefined ? '' : 'one session'].filter(Boolean).join(', ');
  const window = windowSeconds === DAY_SECONDS ? '24 h' : formatDuration(windowSeconds * 1000);
  const spent = `${costWords(used, costUnit)} of ${costWords(max, costUnit)} spent in ${window}`;
  return who === '' ? spent : `${who}: ${spent}`;
}
