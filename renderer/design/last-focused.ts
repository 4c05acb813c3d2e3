let last: HTMLElement | undefined;

if (typeof document !== 'undefined') {
  document.addEventListener('focusin', ({ target }) => {
    // A menu is gone before the dialog that it opened: focus returns to what opened the menu.
    if (target instanceof HTMLElement && target.closest('[role="menu"]') === null) last = target;
  });
}

/** The element that last had the focus, menus aside: where the focus returns once a dialog is closed. */
export function lastFocused(): HTMLElement | undefined {
  return last;
}
