/** What the tests of single pages share. */
import type { Browser, Page } from 'playwright';
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

/** What the person would paste now. */
export function clipboard(page: Page): Promise<string> {
  return page.evaluate('navigator.clipboard.readText()');
}
