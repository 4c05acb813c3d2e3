import { type RefCallback, useCallback, useState } from 'react';

/** Cards that are drawn at first, and how many more each time the end comes near. */
const STEP = 30;

/**
 * How many of `count` items to draw: a first lot, then more as the element `end` comes near. `atLeast` items
 * are drawn in any case. Hundreds at once would make the page wait for what nobody sees.
 */
export function useGrowing(count: number, atLeast = 0): { shown: number; end: RefCallback<HTMLElement> } {
  const [wanted, setWanted] = useState(STEP);
  const shown = Math.min(count, Math.max(wanted, atLeast));
  const end = useCallback<RefCallback<HTMLElement>>(
    (element) => {
      if (element === null) return;
      const observer = new IntersectionObserver(
        ([entry]) => {
          if (entry?.isIntersecting && shown < count) setWanted(shown + STEP);
        },
        { rootMargin: '600px' },
      );
      observer.observe(element);
      return () => observer.disconnect();
    },
    [shown, count],
  );
  return { shown, end };
}
