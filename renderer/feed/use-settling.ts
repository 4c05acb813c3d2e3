import { useEffect, useLayoutEffect, useRef, useState } from 'react';

/** How long cards must have been in their place before a press counts. */
const SETTLE_MS = 400;

/**
 * Whether cards have just moved: one above them left, or came between. A press that was meant for the card
 * that was there before, or the second of a double click, must not answer another call.
 */
export function useSettling(ids: readonly string[]): boolean {
  const before = useRef(ids);
  const [settling, setSettling] = useState(false);
  // Before the browser can hand on the next press, which may follow at once.
  useLayoutEffect(() => {
    const moved = before.current.some((id, index) => ids[index] !== id && ids.includes(id));
    before.current = ids;
    if (moved) setSettling(true);
  }, [ids]);
  useEffect(() => {
    if (!settling) return;
    const timer = setTimeout(() => setSettling(false), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [settling]);
  return settling;
}
