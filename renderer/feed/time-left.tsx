import { useState } from 'react';
import { useNow } from '../design/use-now.ts';
import { hostNow } from '../text/clock.ts';
import { remainingWords } from '../text/time.ts';

/** Below this many milliseconds the time stands out. */
const SOON_MS = 30_000;

interface TimeLeftProps {
  /** ISO times: when the approval was asked, and when it ends unanswered. */
  createdAt: string;
  expiresAt: string;
}

/** How long the approval can still be answered, in words. */
export function TimeLeft({ createdAt, expiresAt }: TimeLeftProps) {
  const end = Date.parse(expiresAt);
  // What is shown ticks by the second: it may still be before the call was made.
  const left = Math.min(end - useNow(), end - Date.parse(createdAt));
  return (
    <span
      className={`tabular-nums whitespace-nowrap ${left <= SOON_MS ? 'font-semibold text-warn' : 'text-muted'}`}
    >
      {left > 0 ? `${remainingWords(left)} left` : 'Time is up'}
    </span>
  );
}

/** The same as a bar that shrinks by itself: the style sheet moves it, nothing is rendered again. */
export function TimeBar({ createdAt, expiresAt }: TimeLeftProps) {
  const [shownAt] = useState(hostNow);
  const total = Math.max(1, Date.parse(expiresAt) - Date.parse(createdAt));
  const elapsed = Math.min(total, Math.max(0, shownAt - Date.parse(createdAt)));
  return (
    <div aria-hidden="true" className="time-track h-[3px] bg-line">
      <div
        className="time-bar meaning h-full bg-accent"
        style={{ '--total': `${total}ms`, '--elapsed': `${elapsed}ms` } as React.CSSProperties}
      />
    </div>
  );
}
