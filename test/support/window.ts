/**
 * Greenlight's window in a real Chromium, against a real host. Where there is no Chromium the tests that
 * need it are skipped, and say so.
 */
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import {
  type Browser,
  type BrowserContextOptions,
  type ConsoleMessage,
  chromium,
  type Page,
} from 'playwright';
import type { BrowserHost } from './browser-host.ts';
import { skipUnless } from './skip.ts';
import { smallTargets } from './targets.ts';
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

/** Starts the browser that a test file shares. The caller closes it. `scrollBars`: they take room, as they do for people. */
export function launchChromium({ scrollBars = false } = {}): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    `--disable-features=${SWITCHED_OFF.join(',')}`,
  ];
  return chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    ...(scrollBars && { ignoreDefaultArgs: ['--hide-scrollbars'] }),
    args,
  });
}

/** The open window. */
export interface OpenWindow extends AsyncDisposable {
  readonly page: Page;
  /** Everything that went wrong in the page: exceptions, errors and warnings in its console. */
  readonly problems: string[];
  /** Goes to a page of the window: `go('policies', id)`. */
  go(...path: string[]): Promise<void>;
  /**
   * What axe finds wrong on the page as it is (or in the part that a CSS selector names), one line per rule and element;
   * and what is too small to be hit.
   */
  violations(part?: string): Promise<string[]>;
}

export interface WindowOptions extends BrowserContextOptions {
  /** What stands after the key in the address: `&approval=...`. */
  suffix?: string;
  /** The test leaves something in the page that stays (a clock): no other test gets it. */
  once?: boolean;
}

/**
 * Has nothing move any more that moves for less than a second, also what comes later, until the page is left: half-way
 * through a change of colour nothing has the contrast it will have. What moves already is ended, not waited for: out of
 * sight behind a dialog Chromium draws no frame, and without one a transition never says that it is finished.
 */
export async function holdStill(page: Page): Promise<void> {
  await page.evaluate(`if (!document.adoptedStyleSheets.some(({ still }) => still)) {
    const sheet = Object.assign(new CSSStyleSheet(), { still: true });
    sheet.replaceSync('*, ::before, ::after { transition: none !important } .arrives { animation: none !important }');
    document.adoptedStyleSheets.push(sheet);
  }
  for (const animation of document.getAnimations())
    if (animation.effect.getComputedTiming().endTime < 1000) animation.finish();`);
}

/** Pages that were given back, by the options of their context. */
const spare = new WeakMap<Browser, Map<string, Page[]>>();

async function newPage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  return context.newPage();
}

/**
 * A page as a new context of its own has it. Where one with these options was given back it is that one: Chromium
 * still has what it made of the window's scripts, and opens the window in half the time.
 */
async function takePage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const page = spare.get(browser)?.get(JSON.stringify(options))?.pop();
  if (page === undefined) return newPage(browser, options);
  const { viewport, colorScheme = 'light', reducedMotion = 'no-preference' } = options;
  if (viewport) await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme, reducedMotion });
  await page.mouse.move(0, 0);
  return page;
}

/** Leaves and empties the page for the next {@link takePage}; what cannot be emptied is closed with its context. */
async function giveBack(browser: Browser, options: BrowserContextOptions, page: Page): Promise<void> {
  const context = page.context();
  try {
    if (context.pages().length !== 1) throw new Error('another page is open beside it');
    page.removeAllListeners('request');
    await page.unrouteAll();
    await context.unrouteAll();
    // In one go, so that the window writes nothing in between.
    await page.evaluate(`localStorage.clear(); sessionStorage.clear(); location.replace('about:blank')`);
    await page.waitForURL('about:blank');
    await context.clearCookies();
  } catch {
    await context.close();
    return;
  }
  const pages = spare.get(browser) ?? new Map<string, Page[]>();
  spare.set(browser, pages);
  const key = JSON.stringify(options);
  pages.set(key, [...(pages.get(key) ?? []), page]);
}

/** Opens the window of `host` in a browser context that nobody else has meanwhile, and waits until it shows a page. */
export async function openWindow(
  browser: Browser,
  host: Pick<BrowserHost, 'ready'>,
  { suffix = '', once = false, ...given }: WindowOptions = {},
): Promise<OpenWindow> {
  const options = { viewport: { width: 1100, height: 760 }, ...given };
  const page = once ? await newPage(browser, options) : await takePage(browser, options);
  const problems: string[] = [];
  const heard = (message: ConsoleMessage) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  };
  const failed = (error: Error) => void problems.push(error.message);
  page.on('console', heard).on('pageerror', failed);
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
      await holdStill(page);
      // The page keeps axe until it is left: half a megabyte is read once. What stands in for it has no value, as
      // axe itself has none: Playwright would bring every value here, however large.
      const there = (await page.evaluate('typeof axe')) !== 'undefined';
      const axe = new AxeBuilder({ page, ...(there && { axeSource: 'void 0' }) });
      axe.options({ resultTypes: ['violations'] });
      if (part !== undefined) axe.include(part);
      // A page for each analysis, only to put the parts of frames together, takes most of the time.
      if (page.frames().length === 1) axe.setLegacyMode();
      const { violations } = await axe.analyze();
      const found = violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')}\n${failureSummary}`),
      );
      return [...found, ...(await smallTargets(page, part)).map((target) => `too small a target: ${target}`)];
    },
    async [Symbol.asyncDispose]() {
      page.off('console', heard).off('pageerror', failed);
      if (once) await page.context().close();
      else await giveBack(browser, options, page);
    },
  };
}
