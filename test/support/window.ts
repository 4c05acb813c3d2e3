/**
 * Greenlight's window in a real Chromium, against a real host. Where there is no Chromium the tests that
 * need it are skipped, and say so.
 */
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import type { BrowserHost } from './browser-host.ts';
import { skipUnless } from './skip.ts';
import { PATIENCE } from './wait.ts';

const PLACES = [
  process.env.CHROMIUM,
  // The same engine without what is around a page: a window opens with half a second of CPU less.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  chromium.executablePath(),
];
const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));

/** For the suites that open the window: `describe(name, needsChromium, ...)`. */
export const needsChromium = skipUnless(
  executablePath !== undefined,
  'no Chromium was found: install it, or name it in CHROMIUM',
);

/**
 * What Playwright switches off, and below that what Chromium draws around a page: nobody sees it, and without the
 * two pages behind its address bar a window opens in two thirds of the time. The last list alone counts.
 */
const SWITCHED_OFF = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',

  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
];

/** Starts the browser that a test file shares. The caller closes it. */
export function launchChromium(): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    `--disable-features=${SWITCHED_OFF.join(',')}`,
  ];
  return chromium.launch({ ...(executablePath !== undefined && { executablePath }), args });
}

/** The open window. */
export interface OpenWindow extends AsyncDisposable {
  readonly page: Page;
  /** Everything that went wrong in the page: exceptions, errors and warnings in its console. */
  readonly problems: string[];
  /** Goes to a page of the window: `go('policies', id)`. */
  go(...path: string[]): Promise<void>;
  /** What axe finds wrong on the page as it is (or in the part that a CSS selector names), one line per rule and element. */
  violations(part?: string): Promise<string[]>;
}

export interface WindowOptions extends BrowserContextOptions {
  /** What stands after the key in the address: `&approval=...`. */
  suffix?: string;
}

/** Opens the window of `host` in a browser context of its own, and waits until it shows a page. */
export async function openWindow(
  browser: Browser,
  host: Pick<BrowserHost, 'ready'>,
  { suffix = '', ...options }: WindowOptions = {},
): Promise<OpenWindow> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 760 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(host.ready.uiUrl + suffix);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return {
    page,
    problems,
    async go(...path) {
      const hash = `#/${path.map(encodeURIComponent).join('/')}`;
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
    async violations(part) {
      // The page keeps axe until it is left: half a megabyte is read once. What stands in for it has no value, as
      // axe itself has none: Playwright would bring every value here, however large.
      const there = (await page.evaluate('typeof axe')) !== 'undefined';
      const axe = new AxeBuilder({ page, ...(there && { axeSource: 'void 0' }) });
      axe.options({ resultTypes: ['violations'] });
      if (part !== undefined) axe.include(part);
      // A page for each analysis, only to put the parts of frames together, takes most of the time.
      if (page.frames().length === 1) axe.setLegacyMode();
      const { violations } = await axe.analyze();
      return violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')}\n${failureSummary}`),
      );
    },
    async [Symbol.asyncDispose]() {
      await context.close();
    },
  };
}
