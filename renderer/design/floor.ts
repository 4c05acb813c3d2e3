import { createContext, useContext } from 'react';

/** Where menus are put; a dialog provides itself. */
export const FloorContext = createContext<HTMLElement | null>(null);

/** The element that menus are put into: the dialog around, which keeps the focus inside, else the page. */
export function useFloor(): HTMLElement | null {
  const dialog = useContext(FloorContext);
  return dialog ?? pageFloor();
}

/** The page. Not the body: what a screen reader goes through by landmarks must all be in one. */
export function pageFloor(): HTMLElement | null {
  return typeof document === 'undefined' ? null : document.getElementById('main');
}
