import type { Clock } from '../base/ports.ts';

/** How long news is gathered before it is told (ms): nobody sees the difference. */
const GATHER = 50;

/** And how long where it was too much to be told one by one. */
const PAUSE = 1_000;

/**
 * Gathers news by what it is about, of which the newest counts, and tells it a moment later: a window that is open
 * costs little however many calls there are. Where it is more than `most`, `crowded` is told instead, and the next
 * not before a second. Returns what takes news in.
 */
export function createGathered<T>(
  clock: Clock,
  most: number,
  tell: (news: Iterable<T>) => void,
  crowded: () => void,
): (about: string, news: T) => void {
  const gathered = new Map<string, T>();
  let tooMuch = false;
  let pause = GATHER;
  let waiting = false;

  function handOn(): void {
    waiting = false;
    const news = [...gathered.values()];
    const crowd = tooMuch;
    gathered.clear();
    tooMuch = false;
    pause = crowd ? PAUSE : GATHER;
    if (crowd) crowded();
    else tell(news);
  }

  return (about, news) => {
    if (tooMuch) return;
    // Told in the order of what was told last.
    gathered.delete(about);
    gathered.set(about, news);
    if (gathered.size > most) {
      gathered.clear();
      tooMuch = true;
    }
    if (waiting) return;
    waiting = true;
    clock.after(pause, handOn);
  };
}
