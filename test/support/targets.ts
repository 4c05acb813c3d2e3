import type { Page } from 'playwright';

/** What a pointer can hit without aiming has so many CSS pixels, across and down (WCAG 2.5.8). */
const LEAST = 24;

const TARGETS = [
  'a[href]',
  'button',
  'summary',
  'select',
  'textarea',
  'input:not([type=hidden])',
  ...['button', 'tab', 'checkbox', 'radio', 'switch', 'option', 'menuitem', 'menuitemradio'].map(
    (role) => `[role=${role}]`,
  ),
].join();

/**
 * What can be pressed on the page as it is (or in the part that a CSS selector names) and is smaller, one line per
 * element. A link within a sentence is as high as its line; what only the keyboard reaches, or nothing, is no
 * target.
 */
export function smallTargets(page: Page, part = 'body'): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll(${JSON.stringify(part)})]
    .flatMap((around) => [...around.querySelectorAll(${JSON.stringify(TARGETS)})])
    .filter((target) => {
      const { width, height } = target.getBoundingClientRect();
      if (width <= 1 || height <= 1 || (width >= ${LEAST - 0.5} && height >= ${LEAST - 0.5})) return false;
      const style = getComputedStyle(target);
      if (style.pointerEvents === 'none' || style.visibility === 'hidden' || style.clipPath === 'inset(50%)') return false;
      if (target.closest('[aria-hidden=true], [inert]')) return false;
      const inSentence = style.display === 'inline' &&
        [...target.parentElement.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && /\\w/.test(one.data));
      if (inSentence) return false;
      const label = target.closest('label')?.getBoundingClientRect();
      return label === undefined || label.width < ${LEAST} || label.height < ${LEAST};
    })
    .map((target) => {
      const { width, height } = target.getBoundingClientRect();
      const name = target.getAttribute('aria-label') || target.textContent || target.id || target.className;
      return target.tagName.toLowerCase() + ' "' + name.slice(0, 60) + '" is ' + Math.round(width) + ' x ' + Math.round(height);
    })`);
}
