/** What the tests of single pages share. */
import type { Browser, Locator, Page } from 'playwright';
import { expect } from 'vitest';
import type { BrowserHost } from '../../support/browser-host.ts';
import { holdStill, type OpenWindow, openWindow } from '../../support/window.ts';

/** Opens `host`'s window at a place: `openPage(browser, host, 'activity', 'outcome', 'denied')`. */
export async function openPage(
  browser: Browser,
  host: Pick<BrowserHost, 'ready'>,
  ...place: string[]
): Promise<OpenWindow> {
  const opened = await openWindow(browser, host, {
    permissions: ['clipboard-read', 'clipboard-write'],
    locale: 'en-US',
  });
  await opened.go(...place);
  return opened;
}

/** What the browser says of every answer that is a failure; a test that provokes one expects it. */
export const REFUSED = /^Failed to load resource: the server responded with a status of [45]\d\d/;

/** Does `look` in light and in dark, each time with every colour as it stays. */
export async function inLightAndDark(
  page: Page,
  look: (colorScheme: 'light' | 'dark') => Promise<unknown>,
): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await holdStill(page);
    await look(colorScheme);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** Expects that axe finds nothing on what is shown, in light and in dark. */
export async function expectAccessible({ page, violations }: OpenWindow): Promise<void> {
  await inLightAndDark(page, async (colorScheme) => expect(await violations(), colorScheme).toEqual([]));
}

/** What the person pastes once `button` has copied it. */
export async function copies(button: Locator): Promise<string> {
  const page = button.page();
  await page.evaluate("navigator.clipboard.writeText('')");
  await button.click();
  let text = '';
  await expect
    .poll(async () => (text = await page.evaluate<string>('navigator.clipboard.readText()')))
    .not.toBe('');
  return text;
}
