import { type RefObject, useEffect } from 'react';

/** How long whoever takes something away has to focus something else (ms). */
const PATIENCE = 100;

/**
 * Where what had the focus is gone, and nobody gives it to something else, the page gets it: from the body neither a
 * screen reader nor Tab goes on where the person was.
 */
export function useKeptFocus(page: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    let last: Element | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isLost = () =>
      last?.isConnected === false &&
      (document.activeElement === null || document.activeElement === document.body);
    const note = ({ target }: FocusEvent) => {
      if (target instanceof Element) last = target;
    };
    const observer = new MutationObserver(() => {
      if (!isLost()) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (isLost()) page.current?.focus({ preventScroll: true });
      }, PATIENCE);
    });
    document.addEventListener('focusin', note);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', note);
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [page]);
}
