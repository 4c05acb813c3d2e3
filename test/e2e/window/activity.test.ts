import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { seedActivity } from '../../bench/seed-activity.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { callOf } from '../../support/calls.ts';
import { createTestClock } from '../../support/clock.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';
import { launchChromium, needsChromium, type OpenWindow } from '../../support/window.ts';
import { copies, expectAccessible, openPage } from './pages.ts';

const HOSTILE = '<img src=x onerror="document.title=\'owned\'"> A fox \u202Edeen';

describe('the page Activity', needsChromium, () => {
  let host: BrowserHost;
  let browser: Browser;
  let client: Client;
  let page: Page;
  let window: OpenWindow;

  beforeAll(async () => {
    [host, browser] = await Promise.all([startBrowserHost(), launchChromium()]);
    await host.api('guard.set', { mode: 'allow', until: new Date(Date.now() + 3_600_000).toISOString() });
    client = await host.client();
    await call('luma_generate_video', { prompt: 'A paper boat, "close" to the water' });
    await call('luma_generate_video', { prompt: 'Webhook', callback_url: 'https://hooks.example.com/x' });
    await call('luma_list_actions', {});
    await call('luma_generate_video', { prompt: HOSTILE });
  });
  afterAll(async () => {
    await client?.close();
    await browser?.close();
    await host?.stop();
  });
  beforeEach(async () => {
    window = await openPage(browser, host, 'activity');
    page = window.page;
    await rows().first().waitFor();
  });
  afterEach(async () => {
    await window[Symbol.asyncDispose]();
    expect(window.problems).toEqual([]);
  });

  const call = (name: string, args: Record<string, unknown>) => client.callTool({ name, arguments: args });
  const rows = () => page.locator('[role=row][data-index]');
  const details = () => page.getByRole('region', { name: 'The call in full' });

  it('shows every call, newest first, and what agents supply as text', async () => {
    await page.getByText('4 calls').waitFor();
    const texts = await rows().allInnerTexts();
    expect(texts[0]).toContain('<img src=x');
    expect(texts[0]).toContain('U+202E');
    expect(texts[2]).toContain('Webhook');
    expect(texts[2]).toContain('Denied');
    expect(texts[3]).toContain('A paper boat');
    expect(await page.locator('#main img').count()).toBe(0);
    expect(await page.title()).not.toContain('owned');
  });

  it('filters, and a reload keeps the filter', async () => {
    await page.getByLabel('Outcome').selectOption('denied');
    await page.getByText('1 call that match').or(page.getByText('1 call that matches')).waitFor();
    expect(await rows().allInnerTexts()).toEqual([expect.stringContaining('Webhook')]);
    await page.reload();
    await page.getByText(/^1 call that match/).waitFor();
    expect(await page.getByLabel('Outcome').inputValue()).toBe('denied');

    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('4 calls').waitFor();
    await page.getByLabel('Search the log').fill('paper BOAT');
    await page.getByText(/^1 call that match/).waitFor();
    expect(await rows().first().innerText()).toContain('A paper boat');
    await page.getByLabel('Search the log').fill('submarine');
    await page.getByText('No call matches').waitFor();
  });

  it('keeps what was typed and what is chosen a moment later', async () => {
    // Faster than anybody's hand: what is typed counts after a pause only.
    await page.evaluate(`{
      const set = (field, value, event) => {
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, value);
        field.dispatchEvent(new Event(event, { bubbles: true }));
      };
      set(document.querySelector('[aria-label="Search the log"]'), 'paper', 'input');
      set(document.querySelector('[aria-label="Outcome"]'), 'denied', 'change');
    }`);
    await page.waitForURL(/text\/paper/);
    expect(page.url()).toMatch(/outcome\/denied/);
    expect(await page.getByLabel('Search the log').inputValue()).toBe('paper');
    expect(await page.getByLabel('Outcome').inputValue()).toBe('denied');
  });

  it('filters by client, tool and time', async () => {
    await page.getByLabel('Tool').selectOption('luma_list_actions');
    await page.getByText(/^1 call that match/).waitFor();
    await page.getByLabel('Client').selectOption(host.ready.grant?.id ?? '');
    await page.getByLabel('Time').selectOption('hour');
    await page.waitForURL(/last\/hour/);
    await page.getByText(/^1 call that match/).waitFor();
    await window.go('activity', 'to', '2020-01-01');
    await page.getByText('No call matches').waitFor();
    expect(await page.getByLabel('To this day').inputValue()).toBe('2020-01-01');
  });

  it('opens a row to everything known, by keyboard alone', async () => {
    const { rows: known } = await host.api('activity.query');
    await rows().first().focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const oldest = known.at(-1);
    await details()
      .getByText(oldest?.digest ?? '')
      .waitFor();
    const text = await details().innerText();
    for (const part of [
      oldest?.id,
      oldest?.taskId,
      'A paper boat, "close" to the water',
      'test-client 1.0.0',
      'version 1',
    ])
      expect(text).toContain(part);
    const copied = await copies(details().getByRole('button', { name: 'Copy the call as JSON' }));
    expect(JSON.parse(copied)).toEqual(oldest);

    // Back on the row, the arrows take the details with them.
    await rows().last().focus();
    await page.keyboard.press('ArrowUp');
    await details().getByText('https://hooks.example.com/x').waitFor();
    expect(await details().innerText()).toContain('/all_tools/deny_if/0');
    await page.keyboard.press('Escape');
    await details().waitFor({ state: 'detached' });
  });

  it('makes a rule of a host in a row, shows the change before, and undoes it', async () => {
    const { rows: known } = await host.api('activity.query');
    const id = known.find((row) => 'callback_url' in row.arguments)?.policy?.id ?? '';
    const documentNow = async () => (await host.api('policies.get', { id })).document;
    const before = await documentNow();
    await rows().filter({ hasText: 'Webhook' }).click();
    await details().getByRole('button', { name: 'Never this host…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Every call whose callback_url is on hooks.example.com is denied').waitFor();
    await dialog.getByRole('region', { name: 'The change to the policy' }).getByText('"host_in"').waitFor();
    await expectAccessible(window);
    expect(await documentNow()).toEqual(before);

    await dialog.getByRole('button', { name: 'Deny from now on' }).click();
    await page.getByText('hooks.example.com is denied as callback_url from now on.').first().waitFor();
    expect(JSON.stringify(await documentNow())).toContain('"hooks.example.com"');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The policy is as it was.').first().waitFor();
    expect(await documentNow()).toEqual(before);
  });

  it('saves no rule, and undoes none, over a change that was made meanwhile', async () => {
    const { rows: known } = await host.api('activity.query');
    const id = known.find((row) => 'callback_url' in row.arguments)?.policy?.id ?? '';
    const { name, version: first, document: before } = await host.api('policies.get', { id });
    const { all_tools, ...rest } = before as { all_tools: { deny_if: Json[] } };
    const withOther = (value: string) => ({
      ...rest,
      all_tools: { ...all_tools, deny_if: [...all_tools.deny_if, { path: 'args.prompt', op: 'eq', value }] },
    });
    const saveOther = (value: string) => host.api('policies.save', { id, name, document: withOther(value) });
    await rows().filter({ hasText: 'Webhook' }).click();
    await details().getByRole('button', { name: 'Never this host…' }).click();
    const dialog = page.getByRole('dialog');
    const change = dialog.getByRole('region', { name: 'The change to the policy' });
    await change.getByText('"host_in"').waitFor();

    // Somebody else saves between the look and the click.
    await page.route(
      '**/api/policies.get',
      async (route) => {
        await saveOther('Changed meanwhile');
        await route.continue();
      },
      { times: 1 },
    );
    await dialog.getByRole('button', { name: 'Deny from now on' }).click();
    await dialog.getByText('The policy was changed meanwhile. Look at the change again').waitFor();
    const documentNow = async () => (await host.api('policies.get', { id })).document;
    expect(await documentNow()).toEqual(withOther('Changed meanwhile'));

    await change.getByText('Changed meanwhile').waitFor();
    await dialog.getByRole('button', { name: 'Deny from now on' }).click();
    await page.getByText('hooks.example.com is denied as callback_url from now on.').first().waitFor();
    const saved = JSON.stringify(await documentNow());
    expect(saved).toContain('"Changed meanwhile"');
    expect(saved).toContain('"hooks.example.com"');

    await saveOther('Changed again');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The rule stays. The policy was changed since.').first().waitFor();
    expect(await documentNow()).toEqual(withOther('Changed again'));
    await host.api('policies.restore', { id, version: first });
  });

  it('asks on about a rule while the window gets smaller or larger', async () => {
    const dialog = page.getByRole('dialog', { name: 'Never hooks.example.com as callback_url?' });
    const full = page.getByRole('dialog', { name: 'The call in full' });
    const ask = page.getByRole('button', { name: 'Never this host…' });
    await page.setViewportSize({ width: 1280, height: 800 });
    await rows().filter({ hasText: 'Webhook' }).click();
    await ask.click();
    await dialog.getByText('"host_in"').waitFor();
    await page.setViewportSize({ width: 800, height: 800 });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await full.waitFor();
    await ask.click();
    await dialog.getByText('"host_in"').waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await details().waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('holds a new call back while a row is read, and shows it on a click', async () => {
    await rows().nth(1).click();
    const before = await rows().count();
    await call('luma_list_aspect_ratios', {});
    const more = page.getByRole('button', { name: '1 new call' });
    await more.waitFor();
    expect(await rows().count()).toBe(before);
    await more.click();
    await expect.poll(() => rows().first().innerText()).toContain('luma_list_aspect_ratios');
    expect(await details().innerText()).toContain('luma_list_actions');
  });

  it('takes a new call in by itself where nobody is reading', async () => {
    const before = await rows().count();
    await call('luma_list_aspect_ratios', {});
    await expect.poll(() => rows().count()).toBe(before + 1);
  });

  it('exports what the filter shows, as a file', async () => {
    await page.getByLabel('Outcome').selectOption('denied');
    await page.getByText(/^1 call that match/).waitFor();
    const jsonl = await exported('JSON Lines, for a program');
    expect(jsonl.name).toMatch(/^greenlight-activity-.*\.jsonl$/);
    expect(
      jsonl.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual((await host.api('activity.query', { outcome: 'denied' })).rows);

    await page.getByLabel('Outcome').selectOption('');
    await page.getByLabel('Search the log').fill('paper boat');
    await page.getByText(/^1 call that match/).waitFor();
    const csv = await exported('CSV, for a spreadsheet');
    const [head, line] = csv.text.split('\r\n');
    expect(head).toMatch(/^at,label,/);
    expect(line).toContain('"{""prompt"":""A paper boat, \\""close\\"" to the water""}"');
    await page
      .getByText(/^Saved greenlight-activity-.*\.csv: 1 call\.$/)
      .first()
      .waitFor();
  });

  async function exported(format: string): Promise<{ name: string; text: string }> {
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: format }).click(),
    ]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  }

  it('verifies the log, and says so in a sentence', async () => {
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText(/^The log is as it was written: \d+ calls checked/).waitFor();
  });

  it('has nothing that axe objects to: the list, the details beside it, the empty list', async () => {
    await expectAccessible(window);
    await rows().first().click();
    await details().waitFor();
    await expectAccessible(window);
    await window.go('activity', 'text', 'nothing-of-this');
    await page.getByText('No call matches').waitFor();
    await expectAccessible(window);
  });

  it('says whose call it was also where there is no column for it', async () => {
    await page.setViewportSize({ width: 900, height: 760 });
    await expect.poll(async () => rows().first().innerText()).toContain('First client');
  });

  it('shows the details as a dialog in a narrow window', async () => {
    await page.setViewportSize({ width: 480, height: 700 });
    await rows().first().click();
    const dialog = page.getByRole('dialog', { name: 'The call in full' });
    await dialog.waitFor();
    await expectAccessible(window);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});

describe('a log whose oldest calls were pruned, on the page Activity', needsChromium, () => {
  const DAY = 86_400_000;
  const folder = folderOfSuite();
  const newest = Date.now() - DAY;
  let host: BrowserHost;
  let browser: Browser;

  beforeAll(async () => {
    const dataDir = join(folder(), 'data');
    const clock = createTestClock(newest - 400 * DAY);
    const { core, grant, stop } = await startGreenlight({ dataDir, clock });
    const call = async () => {
      const found = await core.gate.admit(callOf(grant));
      if (found.kind !== 'run') throw new Error(`It does not run but: ${found.kind}`);
      found.run.finish({ reached: true, result: 'ok', response: { result: { content: [] } } });
    };
    for (let count = 0; count < 3; count += 1) await call();
    clock.sleep(400 * DAY);
    for (let count = 0; count < 2; count += 1) await call();
    clock.advance(2 * 60_000);
    await stop();
    [host, browser] = await Promise.all([startBrowserHost({ dataDir }), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
  });

  it('is verified from the day on to which it goes back', async () => {
    const day = new Date(newest).toLocaleDateString('en-US', { dateStyle: 'long' });
    await using window = await openPage(browser, host, 'activity');
    const { page } = window;
    await page.getByText('2 calls', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page
      .getByText(
        `The log is as it was written from ${day} on: 2 calls checked, none changed, added or removed.`,
      )
      .waitFor();
    await expectAccessible(window);
    await window.go('settings');
    await page.getByText(`The log goes back to ${day}.`).waitFor();
    expect(window.problems).toEqual([]);
  });
});

describe('a long log on the page Activity', needsChromium, () => {
  const CALLS = 5000;
  const folder = folderOfSuite();
  let host: BrowserHost;
  let browser: Browser;

  beforeAll(async () => {
    const dataDir = join(folder(), 'data');
    seedActivity(dataDir, CALLS);
    [host, browser] = await Promise.all([startBrowserHost({ dataDir }), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
  });

  it('is counted to 1,000 where something is looked for, and found to its end all the same', async () => {
    await using window = await openPage(browser, host, 'activity', 'tool', 'luma_get_task');
    const { page } = window;
    await page.getByText('1,000+ calls that match').waitFor();
    const rows = page.locator('[role=row][data-index]');
    await rows.first().focus();
    const all = Math.floor((CALLS * 2) / 3).toLocaleString('en');
    await expect
      .poll(async () => {
        await page.keyboard.press('End');
        return page.getByText(`${all} calls that match`).count();
      })
      .toBe(1);
    expect(window.problems).toEqual([]);
  });

  it('keeps the place of the keyboard when it is loaded anew and ends sooner', async () => {
    await using window = await openPage(browser, host, 'activity', 'tool', 'luma_get_task');
    const { page } = window;
    const back = Promise.withResolvers<void>();
    let streams = 0;
    // The first stream of events ends at once, the next one begins when the test says so.
    await page.route('**/api/events', async (route) => {
      streams += 1;
      if (streams === 1) return route.fulfill({ contentType: 'text/event-stream', body: ': the end\n\n' });
      await back.promise;
      await route.continue();
    });
    await page.reload();
    await page.getByText('1,000+ calls that match').waitFor();
    await page.locator('[role=row][data-index]').first().focus();
    const all = Math.floor((CALLS * 2) / 3).toLocaleString('en');
    const goToEnd = () =>
      expect
        .poll(async () => {
          await page.keyboard.press('End');
          return page.getByText(`${all} calls that match`).count();
        })
        .toBe(1);
    await goToEnd();
    // That it ends sooner is seen for a moment only: what stands there has it ask for more at once.
    await page.evaluate(`new MutationObserver((_, observer) => {
      if (!document.body.innerText.includes('1,000+ calls that match')) return;
      observer.disconnect();
      globalThis.endedSooner = true;
    }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
    back.resolve();
    await expect.poll(() => page.evaluate('globalThis.endedSooner')).toBe(true);
    // A key that asks for more rows is pressed before they are there.
    const focused = () => page.evaluate('document.activeElement.getAttribute("data-index")');
    await expect
      .poll(async () => {
        await page.keyboard.press('End');
        return focused();
      })
      .toBe(String(Math.floor((CALLS * 2) / 3) - 1));
  });

  it('says that it is searched where that takes a while; the newest search alone counts', async () => {
    await using window = await openPage(browser, host, 'activity');
    const { page } = window;
    await page.getByText('5,000 calls').waitFor();
    const held = Promise.withResolvers<void>();
    await page.route('**/api/activity.query', async (route) => {
      if (route.request().postData()?.includes('lighthouse')) await held.promise;
      // The window may have ended the question by then.
      await route.continue().catch(() => undefined);
    });
    const search = page.getByLabel('Search the log');
    await search.fill('lighthouse');
    await page.getByText('Searching…').waitFor();
    await expectAccessible(window);
    expect(await page.locator('[role=row][data-index]').count()).toBeGreaterThan(0);
    await search.fill('(take 3000)');
    await page.getByText(/^1 call that match/).waitFor();
    held.resolve();
    await page.getByLabel('Search the log').fill('(take 3003)');
    await page.getByText('(take 3003)').waitFor();
    expect(await page.locator('[role=row][data-index]').count()).toBe(1);
    expect(await page.getByText('Searching…').count()).toBe(0);
  });

  it('is reached to its end, with few rows in the page, and exported whole', async () => {
    await using window = await openPage(browser, host, 'activity');
    const { page } = window;
    await page.getByText('5,000 calls').waitFor();
    const rows = page.locator('[role=row][data-index]');
    await rows.first().focus();
    await page.keyboard.press('End');
    await expect.poll(() => rows.last().innerText()).toContain('(take 0)');
    expect(await rows.last().getAttribute('aria-rowindex')).toBe(String(CALLS + 1));
    expect(await rows.count()).toBeLessThan(60);
    // The middle, as a drag of the scrollbar would reach it.
    await page.evaluate(
      "(() => { const list = document.querySelector('[role=grid]').parentElement; list.scrollTop = list.scrollHeight / 2; })()",
    );
    const middle = page.locator('[role=row][data-index="2500"]');
    await expect.poll(() => middle.innerText()).toMatch(/luma_/);

    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'JSON Lines, for a program' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
    expect(new Set(lines.map((line) => JSON.parse(line).id)).size).toBe(CALLS);
    expect(window.problems).toEqual([]);
  });
});
