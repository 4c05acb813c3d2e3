import { Coins } from 'lucide-react';
import { standWords } from '../../shared/limit-words.ts';
import { caps, isNear } from '../../shared/spend.ts';
import { Spent, useCounters } from '../budget/spent.tsx';
import { useNow } from '../design/use-now.ts';

/** More are under Settings. */
const MOST = 2;

/** What was spent against the caps, what is nearest to its end first; nothing where no policy has one. */
export function SpentToday({ costUnit }: { costUnit: string }) {
  const counters = caps(useCounters()).slice(0, MOST);
  const now = useNow();
  if (counters.length === 0) return null;
  return (
    <ul aria-label="Spent" className="flex flex-col gap-1 px-2 text-[13px] leading-4 text-muted">
      {counters.map((counter) => (
        <li key={`${counter.id} ${counter.windowSeconds} ${counter.max}`} className="flex items-center gap-2">
          <span
            title={standWords(counter, costUnit, now)}
            className={`-ml-0.5 shrink-0 [&_svg]:size-3 ${isNear(counter) ? 'text-warn' : ''}`}
          >
            <Coins />
          </span>
          <span className="min-w-0 max-rail:sr-only">
            <Spent counter={counter} costUnit={costUnit} now={now} />
          </span>
        </li>
      ))}
    </ul>
  );
}
