import { type RefObject, useEffect } from 'react';
import { useTransport } from '../store/use-live.ts';
import { hostNow } from '../text/clock.ts';

/** How often Greenlight is told what is read (ms): more often than it lets a question's time stand still for. */
const TELL_EVERY = 4_000;

/** After so long without a key, a click or a move of the pointer nobody is known to be here (ms). */
const AWAY_AFTER = 60_000;

const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'focus'] as const;

/**
 * Tells Greenlight which cards of `list` the person has before them, so that their time stands still: those in view, in
 * a window that has the focus and in which somebody did something lately. Where it does not hear of it, time runs on.
 */
export function useReading(list: RefObject<HTMLElement | null>, on: boolean): void {
  const transport = useTransport();
  useEffect(() => {
    if (!on) return;
    let lastSign = hostNow();
    const sign = () => {
      lastSign = hostNow();
    };
    const tell = () => {
      if (!document.hasFocus() || hostNow() - lastSign > AWAY_AFTER) return;
      const ids = inView(list.current);
      // What is not heard of costs time at most, and the page says by itself that Greenlight is gone.
      if (ids.length > 0) transport.call('approvals.read', { ids }).catch(() => undefined);
    };
    for (const name of SIGNS) addEventListener(name, sign, { capture: true, passive: true });
    tell();
    const timer = setInterval(tell, TELL_EVERY);
    return () => {
      clearInterval(timer);
      for (const name of SIGNS) removeEventListener(name, sign, { capture: true });
    };
  }, [transport, list, on]);
}

/** The approvals whose cards are in view, or some of each. */
function inView(list: HTMLElement | null): string[] {
  if (list === null || document.visibilityState !== 'visible') return [];
  return [...list.querySelectorAll<HTMLElement>('[data-approval]')]
    .filter((card) => {
      const { top, bottom } = card.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    })
    .flatMap(({ dataset }) => dataset.approval ?? [])
    .slice(0, 50);
}
