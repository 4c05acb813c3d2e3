import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/json.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';

const GENERATE = 'luma_generate_video';

describe('what agents may send', needsChromium, () => {
  let browser: Browser;
  let host: BrowserHost;
  let client: Client;
  beforeAll(async () => {
    [browser, host] = await Promise.all([launchChromium(), startBrowserHost()]);
    await host.api('settings.set', { welcomed: true });
    client = await host.client();
  });
  afterAll(async () => {
    await client?.close();
    await Promise.all([browser?.close(), host?.[Symbol.asyncDispose]()]);
  });
  beforeEach(async () => {
    for (const { id } of (await host.api('approvals.list', {})).approvals)
      await host.api('approvals.decide', { id, answer: 'deny' });
  });

  const call = (args: JsonObject, from = client, tool = GENERATE) =>
    from.callTool({ name: tool, arguments: args }, undefined, { timeout: 300_000 }).then(
      (result) => result.isError === true,
      () => undefined,
    );

  it('a prompt of 20,000 characters folds, and all of it can be read', async () => {
    const prompt = Array.from({ length: 2_000 }, (_, n) => `word ${String(n).padStart(4, '0')}`).join(' ');
    expect(prompt.length).toBeGreaterThan(19_000);
    void call({ prompt: `${prompt} ${'x'.repeat(20_000 - prompt.length - 1)}` });
    await using window = await openWindow(browser, host);
    const card = window.page.getByRole('article');
    await card.getByText('Holds a long text: read it to its end').waitFor();
    const height = async () => (await card.boundingBox())?.height ?? 0;
    expect(await height()).toBeLessThan(700);
    expect(await card.getByText('word 1000 ').count()).toBe(0);
    // Its end is there from the beginning.
    expect(await card.getByText('word 1999').count()).toBe(1);
    await card.getByRole('button', { name: 'Show all 20,000 characters' }).click();
    expect(await card.getByText('word 1000 ').count()).toBe(1);
    const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await window.page.evaluate(tooWide)).toBe(0);
    await card.getByRole('button', { name: 'Deny' }).click();
    expect(window.problems).toEqual([]);
  });

  it('markup and script are text, in every place they can stand', async () => {
    const markup =
      '<img src=x onerror="document.title=1"><script>document.title=2</script>[a](javascript:alert(1))';
    const { token } = await host.api('clients.create', { label: markup.slice(0, 90) });
    const other = await host.client(token, { name: '<b>bold</b>', version: '<i>1</i>' });
    const address = 'https://pictures.example/"><b>bold</b>';
    void call({ prompt: markup, start_image_url: address }, other, 'luma_generate_video_from_image');
    await using window = await openWindow(browser, host);
    const card = window.page.getByRole('article');
    await card.getByText('document.title=2').first().waitFor();
    expect(await card.locator('img, script, b, i, a[href]').count()).toBe(0);
    expect(await window.page.title()).toBe('(1) Approvals · Greenlight');
    await card.focus();
    await window.page.keyboard.press('e');
    const dialog = window.page.getByRole('dialog');
    await dialog.waitFor();
    expect(await dialog.locator('img, script, b, i, a[href]').count()).toBe(0);
    await window.page.keyboard.press('Escape');
    await card.getByRole('button', { name: 'Deny' }).click();
    const lately = window.page.getByRole('region', { name: 'Answered lately' });
    await lately.getByText('onerror').first().waitFor();
    expect(await lately.locator('img, script, b, i, a[href]').count()).toBe(0);
    expect(window.problems).toEqual([]);
    await other.close();
  });

  it('right-to-left overrides and invisible characters are marked, and reorder nothing', async () => {
    void call({ prompt: 'safe \u202Etxt.exe\u202C and \u200B\u200B\u{E0041}\u{E0042} hidden' });
    await using window = await openWindow(browser, host);
    const card = window.page.getByRole('article');
    await card.getByText('U+202E').waitFor();
    for (const words of ['right-to-left override', 'U+200B ×2', 'hidden text: “AB”']) {
      expect(await card.getByText(words).count()).toBeGreaterThan(0);
    }
    expect(await card.innerText()).not.toMatch(/[\u202A-\u202E\u200B]/);
    await card.getByText('Holds characters that cannot be seen').waitFor();
    // The form cannot mark them, so it says so and takes them out on request.
    await card.focus();
    await window.page.keyboard.press('e');
    const dialog = window.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Remove them' }).click();
    expect(await dialog.getByLabel('prompt', { exact: true }).inputValue()).toBe('safe txt.exe and  hidden');
    expect(window.problems).toEqual([]);
  });

  it('a picture is loaded only on a click, in a frame without script, origin or referrer', async () => {
    void call(
      { prompt: 'A lake', start_image_url: 'https://pictures.example/lake.png' },
      client,
      'luma_generate_video_from_image',
    );
    await using window = await openWindow(browser, host);
    const { page } = window;
    const asked: { url: string; referrer: string | undefined }[] = [];
    // The one request that leaves the machine is answered here instead.
    await page.context().route('https://pictures.example/**', async (route) => {
      asked.push({ url: route.request().url(), referrer: route.request().headers().referer });
      await route.fulfill({
        contentType: 'image/svg+xml',
        body: '<svg xmlns="http://www.w3.org/2000/svg"/>',
      });
    });
    const card = page.getByRole('article');
    await card.getByText('https://pictures.example/lake.png').waitFor();
    expect(await card.locator('a[href]').count()).toBe(0);
    const show = card.getByRole('button', { name: 'Show picture from pictures.example: start_image_url' });
    await show.waitFor();
    expect(asked).toEqual([]);
    await show.click();
    await expect
      .poll(() => asked)
      .toEqual([{ url: 'https://pictures.example/lake.png', referrer: undefined }]);
    const frame = card.locator('iframe');
    expect(await frame.getAttribute('sandbox')).toBe('');
    expect(await frame.contentFrame().locator('img').getAttribute('src')).toBe(
      'https://pictures.example/lake.png',
    );
  });

  it('500 approvals waiting, 10 from each of 50 grants: the page answers at once', async () => {
    const clients: Client[] = [];
    for (let grant = 0; grant < 50; grant++) {
      const { token } = await host.api('clients.create', { label: `Agent ${grant}` });
      const from = await host.client(token);
      clients.push(from);
      for (let each = 0; each < 10; each++) void call({ prompt: `Video ${each} of agent ${grant}` }, from);
    }
    await expect.poll(async () => (await host.api('state.get', {})).pending).toBe(500);
    await using window = await openWindow(browser, host);
    const { page } = window;
    await page.getByRole('heading', { level: 1, name: '500 waiting for you' }).waitFor();
    const articles = page.getByRole('article');
    expect(await articles.first().getAttribute('aria-setsize')).toBe('500');
    // What nobody sees is not drawn.
    expect(await articles.count()).toBeLessThan(100);
    await articles.first().focus();
    for (let answered = 1; answered <= 20; answered++) {
      await page.keyboard.press(answered % 2 ? 'd' : 'a');
      await page.getByRole('heading', { level: 1, name: `${500 - answered} waiting` }).waitFor();
    }
    // Down to the last one, by scrolling alone.
    await expect
      .poll(async () => {
        await page.evaluate(`document.querySelector('#main').scrollTo(0, 1e9)`);
        return articles.last().getAttribute('aria-posinset');
      })
      .toBe('480');
    await articles.last().getByRole('button', { name: 'Deny' }).click();
    await page.getByRole('heading', { level: 1, name: '479 waiting' }).waitFor();
    await expect.poll(async () => (await host.api('state.get', {})).pending).toBe(479);
    expect(window.problems).toEqual([]);
    await Promise.all(clients.map((each) => each.close()));
  });
});
