/** From page to page the title stays where it is, and so do both edges of what is below it. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';

const PLACES = [
  ['welcome'],
  ['approvals'],
  ['videos'],
  ['policies'],
  ['policies', 'autopilot-on-a-budget'],
  ['clients'],
  ['activity'],
  ['settings'],
];

describe('titles', needsChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium({ scrollBars: true });
  });
  afterAll(() => browser?.close());

  it.each([1440, 1100, 900, 640])(
    'have one place, with a scroll bar and without, at %i px',
    async (width) => {
      await using host = await startBrowserHost();
      await host.api('settings.set', { welcomed: true });
      const [client] = (await host.api('clients.list')).clients;
      await using window = await openWindow(browser, host, { viewport: { width, height: 760 } });
      const { page } = window;
      const seen: Record<string, unknown> = {};
      const bars = new Set<boolean>();
      for (const place of [...PLACES, ['clients', client?.id ?? '']]) {
        await window.go(...place);
        await page
          .getByText(/^Loading /)
          .first()
          .waitFor({ state: 'hidden' });
        const { bar, ...at } = await page.evaluate<{
          bar: boolean;
          x: number;
          y: number;
          left: number;
          right?: number;
        }>(`(() => {
        const main = document.querySelector('#main');
        const title = document.querySelector('h1');
        const { x, y } = title.getBoundingClientRect();
        // The page's own box: what is in it begins and ends there.
        const { left, right } = title.closest('#main > div:last-of-type').getBoundingClientRect();
        // In a narrow window nothing is centred, and the room of the bar is worth more.
        const edges = innerWidth < 720 ? { left } : { left, right };
        return { bar: main.scrollHeight > main.clientHeight, x, y, ...edges };
      })()`);
        bars.add(bar);
        seen[place.join(' ')] = at;
      }
      expect([...bars].sort()).toEqual([false, true]);
      for (const [place, at] of Object.entries(seen)) expect(at, place).toEqual(seen.approvals);
    },
  );
});
