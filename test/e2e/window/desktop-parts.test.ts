/** What the window shows of the desktop host alone, whose state the page is given here. On Electron itself: e2e/electron. */
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { State } from '../../../shared/contract.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';
import { expectAccessible } from './pages.ts';

describe('the window of the desktop host', needsChromium, () => {
  let host: BrowserHost;
  let browser: Browser;
  let desktop: State['desktop'];

  beforeAll(async () => {
    [host, browser] = await Promise.all([startBrowserHost(), launchChromium()]);
    await host.api('settings.set', { welcomed: true, shortcut: 'Control+Alt+G' });
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
  });
  beforeEach(() => {
    desktop = {};
  });

  async function open() {
    const window = await openWindow(browser, host);
    await window.page.route('**/api/state.get', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), host: 'desktop', desktop } });
    });
    await window.page.reload();
    await window.page.getByRole('heading', { level: 1 }).waitFor();
    const giveBack = window[Symbol.asyncDispose].bind(window);
    return Object.assign(window, {
      async [Symbol.asyncDispose]() {
        // An answer may be on its way.
        await window.page.unrouteAll({ behavior: 'wait' });
        await giveBack();
      },
    });
  }

  const chosen = (page: Page, words: string) => page.getByRole('button', { name: `Shortcut: ${words}` });

  it('says that there is no tray, and what to do, until it was read', async () => {
    desktop = { noTray: 'Install the extension.' };
    await using window = await open();
    const { page } = window;
    const strip = page.getByText(
      'This desktop has no tray: closing this window minimises it, or quits Greenlight.',
    );
    await strip.waitFor();
    await page.getByRole('button', { name: 'What to do' }).click();
    await page.getByText('Install the extension.').waitFor();
    await expectAccessible(window);
    await page.getByRole('button', { name: 'Dismiss' }).last().click();
    await strip.waitFor({ state: 'detached' });
  });

  it('has a shortcut pressed to choose it, and says where it does nothing', async () => {
    desktop = { noShortcut: 'Ctrl+Alt+G does nothing here: another program has it.' };
    await using window = await open();
    const { page } = window;
    await window.go('settings');
    await page.getByText(desktop.noShortcut ?? '').waitFor();
    await chosen(page, 'Ctrl+Alt+G').click();
    await page.getByRole('status').getByText('Press the keys together').waitFor();
    await page.keyboard.press('Alt+X');
    await page.getByText(/^Hold two of Ctrl, Alt, Shift/).waitFor();
    await expectAccessible(window);
    await page.keyboard.press('Escape');
    await page.getByText(/^Hold two of/).waitFor({ state: 'detached' });
    await chosen(page, 'Ctrl+Alt+G').click();
    await page.keyboard.press('Control+Shift+Space');
    const saved = async () => (await host.api('settings.get')).shortcut;
    await expect.poll(saved).toBe('Control+Shift+Space');
    // What the host tells on its own says that it is the browser's: the page asks anew.
    await page.reload();
    await chosen(page, 'Ctrl+Shift+Space').waitFor();
    await page.getByRole('button', { name: 'Turn off' }).click();
    await expect.poll(saved).toBe('');
  });

  it('has nothing of it in the browser', async () => {
    await using window = await openWindow(browser, host);
    await window.go('settings');
    await window.page.getByRole('region', { name: 'Window' }).waitFor();
    expect(await window.page.getByText('Shortcut to the oldest').count()).toBe(0);
  });
});
