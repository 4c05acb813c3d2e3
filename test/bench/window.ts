/**
 * `node test/bench/window.ts`: the page Activity in a real Chromium on a log of 100,000 calls. Reports
 * interaction to next paint (PerformanceObserver, `event` entries) while a person scrolls, moves by keyboard,
 * opens rows and filters. Reported, not asserted: a shared machine is not a yardstick. Aim: under 100 ms.
 */
import { join } from 'node:path';
import type { Page } from 'playwright';
import { startBrowserHost } from '../support/browser-host.ts';
import { launchChromium, openWindow } from '../support/window.ts';
import { makeRunFolder } from './parts/folders.ts';
import { makeSeededHome } from './parts/seeded-home.ts';

const ROWS = Number(process.env.BENCH_ROWS ?? 100_000);

/** Collects the slowest event of each interaction, as the browser's own metric does (web.dev/inp). */
const OBSERVE = `
  window.interactions = new Map();
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries())
      if (interactionId) window.interactions.set(interactionId, Math.max(duration, window.interactions.get(interactionId) ?? 0));
  }).observe({ type: 'event', durationThreshold: 16, buffered: true });
`;

/** Longest gaps between two frames while the list scrolls by itself, frame after frame. */
const SCROLL = `(async () => {
  const list = document.querySelector('[role=grid]').parentElement;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const gaps = [];
  let last = await frame();
  for (let step = 0; step < 240; step++) {
    list.scrollTop += step < 120 ? 260 : 15000;
    const now = await frame();
    gaps.push(now - last);
    last = now;
  }
  return gaps;
})()`;

const dataDir = join(makeRunFolder(), 'data');
makeSeededHome(dataDir, ROWS);
await using host = await startBrowserHost({ dataDir });
await host.api('settings.set', { welcomed: true });
const browser = await launchChromium();
try {
  await using window = await openWindow(browser, host);
  const { page } = window;
  await page.evaluate(OBSERVE);
  const opening = performance.now();
  await window.go('activity');
  await settled(page);
  console.log(`first rows after ${seconds(performance.now() - opening)}`);
  await measure(page);
  for (const text of ['lighthouse', `take ${Math.round(ROWS / 2)}`, 'found nowhere']) {
    const asked = performance.now();
    const { total } = await host.api('activity.query', { text });
    console.log(`the log searched for “${text}” in ${seconds(performance.now() - asked)} (${total} found)`);
  }
} finally {
  await browser.close();
}

async function measure(page: Page): Promise<void> {
  const rows = page.locator('[role=row][data-index]');

  const gaps = (await page.evaluate(SCROLL)) as number[];
  report('scrolling, between two frames', gaps);

  await page.evaluate("document.querySelector('[role=grid]').parentElement.scrollTop = 0");
  await settled(page);
  await rows.first().focus();
  for (const key of ['ArrowDown', 'PageDown', 'End', 'PageUp', 'Home']) {
    for (let times = 0; times < 12; times++) await page.keyboard.press(key);
    await settled(page);
  }
  await reportInteractions(page, 'moving by keyboard');

  for (let at = 0; at < 10; at++) await rows.nth(at).click();
  await reportInteractions(page, 'opening rows');
  await page.keyboard.press('Escape');

  for (const outcome of ['denied', 'allowed', 'expired', '']) {
    await page.getByLabel('Outcome').selectOption(outcome);
    await settled(page);
  }
  const search = page.getByLabel('Search the log');
  for (const words of ['lighthouse golden', `take ${ROWS - 4}`, 'found nowhere']) {
    await search.click();
    await search.fill('');
    await page.keyboard.type(words, { delay: 40 });
    await settled(page);
  }
  await reportInteractions(page, 'filtering and typing');
}

/** Waits until nothing on the page is still to come: rows are there, or the sentence that there are none. */
async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(250);
  await page.waitForFunction(
    "![...document.querySelectorAll('[role=row] .sr-only')].some((e) => e.textContent === 'Loading…') && !document.querySelector('#main .spins')",
  );
}

async function reportInteractions(page: Page, what: string): Promise<void> {
  await page.waitForTimeout(100);
  const durations = (await page.evaluate(
    '(() => { const all = [...interactions.values()]; interactions.clear(); return all; })()',
  )) as number[];
  report(`${what}, interaction to next paint (those of 16 ms and more)`, durations);
}

function report(what: string, ms: number[]): void {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  console.log(
    `${what}: median ${at(0.5).toFixed(0)} ms, 98th percentile ${at(0.98).toFixed(0)} ms, worst ${at(1).toFixed(0)} ms (${ms.length})`,
  );
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
