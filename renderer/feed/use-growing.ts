import { type RefCallback, useCallback, useState } from 'react';

/** Items that are drawn at first. Each time the end comes near there are twice as many: few steps lead far. */
const FIRST = 30;

/**
 * How many of `count` items to draw: a first lot, then more as the element `end` comes near. `atLeast` items
 * are drawn in any case. Hundreds at once would make the page wait for what nobody sees.
 */
export function useGrowing(count: number, atLeast = 0): { shown: number; end: RefCallback<HTMLElement> } {
  const [wanted, setWanted] = useState(FIRST);
  const shown = Math.min(count, Math.max(wanted, atLeast));
  const end = useCallback<RefCallback<HTMLElement>>(
    (element) => {
      if (element === null) return;
      const observer = new IntersectionObserver(
        (entries) => {
          // The last says how it is now; a busy page hands over several at once.
          if (entries.at(-1)?.isIntersecting && shown < count) setWanted(shown * 2);
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
