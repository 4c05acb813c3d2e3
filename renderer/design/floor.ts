import { createContext, useContext } from 'react';

/** Where menus and tooltips are put; a dialog provides itself. */
export const FloorContext = createContext<HTMLElement | null>(null);

/**
 * The element that floating things are put into: the dialog around, else the page. Not the body: what a
 * screen reader goes through by landmarks must all be in one.
 */
export function useFloor(): HTMLElement | null {
  const dialog = useContext(FloorContext);
  return dialog ?? (typeof document === 'undefined' ? null : document.getElementById('main'));
}
