import type { LimitCounter } from '../../shared/contract.ts';
import { costWords } from '../../shared/cost.ts';
import { limitWords } from '../../shared/limit-words.ts';
import { caps, isNear } from '../../shared/spend.ts';
import type { Clock, Logger } from '../base/ports.ts';
import type { Announcer } from '../notify/announcer.ts';
import { oneLine } from '../notify/text.ts';

/** How long after a call it is looked what was spent (ms), once for all calls of that time. */
const AFTER_CALLS = 1_000;

/** Code points of a client's label. */
const LONGEST_LABEL = 30;

/**
 * Warns when a cap in cost is used to 80 %: once for each time that it comes there, and not of what was so at the start.
 * Returns what is to be called when something may have been spent, or a cap changed.
 */
export function watchBudgets(parts: {
  clock: Clock;
  logger: Logger;
  announcer: Pick<Announcer, 'say'>;
  counters: () => readonly LimitCounter[];
  costUnit: () => string;
  /** What a server is called, where there are several. */
  serverLabel: (id: string) => string | undefined;
  /** Is called with each warning. */
  warned: () => void;
}): () => void {
  const { clock, logger, announcer } = parts;
  let told: ReadonlySet<string> | undefined;
  let planned = false;

  function look(): void {
    const near = caps(parts.counters()).filter(isNear);
    const before = told;
    told = new Set(near.map(keyOf));
    const fresh = before === undefined ? [] : near.filter((counter) => !before.has(keyOf(counter)));
    for (const counter of fresh) announcer.say({ id: `budget:${keyOf(counter)}`, ...words(counter) });
    if (fresh.length > 0) parts.warned();
  }

  function words(counter: LimitCounter): { title: string; body: string } {
    const { used, max, client, server, whenReached } = counter;
    const unit = parts.costUnit();
    const on = server === undefined ? 'all servers' : parts.serverLabel(server);
    const where = on === undefined ? '' : `, on ${oneLine(on, LONGEST_LABEL)}`;
    const who = client === undefined ? 'All clients together' : oneLine(client.label, LONGEST_LABEL);
    const then = whenReached === 'ask' ? 'you are asked about each call' : 'calls that cost are denied';
    const left = Math.round(Math.max(0, max - used) * 1e6) / 1e6;
    return {
      title: used >= max ? 'A budget is used up' : 'A budget is nearly used up',
      body: `${who}${where}: ${costWords(used, unit)} of ${limitWords(counter, unit)}, ${costWords(left, unit)} left. Past it ${then}.`,
    };
  }

  function safely(): void {
    planned = false;
    try {
      look();
    } catch (error) {
      logger.error({ err: error }, 'what was spent could not be looked at');
    }
  }
  safely();

  return () => {
    if (planned) return;
    planned = true;
    clock.after(AFTER_CALLS, safely);
  };
}

function keyOf({ id, windowSeconds, max }: LimitCounter): string {
  return `${id} ${windowSeconds} ${max}`;
}
