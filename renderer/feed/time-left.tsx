import { useEffect, useState } from 'react';
import type { Approval } from '../../shared/contract.ts';
import { useNow } from '../design/use-now.ts';
import { hostNow } from '../text/clock.ts';
import { remainingWords } from '../text/time.ts';

/** Below this many milliseconds the time stands out. */
const SOON_MS = 30_000;

interface TimeLeftProps {
  approval: Pick<Approval, 'createdAt' | 'expiresAt' | 'stillUntil'>;
}

/** How long (ms) the approval can still be answered at `now`; where its time stands still, from when it goes on. */
function leftAt(now: number, { createdAt, expiresAt, stillUntil }: TimeLeftProps['approval']): number {
  const from = Math.max(now, stillUntil === undefined ? 0 : Date.parse(stillUntil));
  // What is shown ticks by the second: it may still be before the call was made.
  return Date.parse(expiresAt) - Math.max(from, Date.parse(createdAt));
}

function isStill(now: number, { stillUntil }: TimeLeftProps['approval']): boolean {
  return stillUntil !== undefined && Date.parse(stillUntil) > now;
}

/** How long the approval can still be answered, in words. */
export function TimeLeft({ approval }: TimeLeftProps) {
  const now = useNow();
  const left = leftAt(now, approval);
  return (
    <span className="ml-auto text-right">
      <span
        className={`whitespace-nowrap tabular-nums ${left <= SOON_MS ? 'font-semibold text-warn' : 'text-muted'}`}
      >
        {left > 0 ? `${remainingWords(left)} left` : 'Time is up'}
      </span>
      {isStill(now, approval) && (
        <span className="block text-xs text-muted">stands still while you read</span>
      )}
    </span>
  );
}

/** The same as a bar that shrinks by itself: the style sheet moves it, it is rendered again only where that changes. */
export function TimeBar({ approval }: TimeLeftProps) {
  const { createdAt, expiresAt, stillUntil } = approval;
  return <Bar key={`${expiresAt} ${stillUntil}`} approval={{ createdAt, expiresAt, stillUntil }} />;
}

function Bar({ approval }: TimeLeftProps) {
  const [shownAt] = useState(hostNow);
  const [still, setStill] = useState(isStill(shownAt, approval));
  const total = Math.max(1, Date.parse(approval.expiresAt) - Date.parse(approval.createdAt));
  const elapsed = Math.min(total, Math.max(0, total - leftAt(shownAt, approval)));
  const until = approval.stillUntil;
  useEffect(() => {
    if (until === undefined) return;
    const timer = setTimeout(() => setStill(false), Date.parse(until) - hostNow());
    return () => clearTimeout(timer);
  }, [until]);
  return (
    <div aria-hidden="true" className="time-track h-[3px] bg-line">
      <div
        className="time-bar meaning h-full bg-accent"
        style={
          {
            '--total': `${total}ms`,
            '--elapsed': `${elapsed}ms`,
            animationPlayState: still ? 'paused' : 'running',
          } as React.CSSProperties
        }
      />
    </div>
  );
}
