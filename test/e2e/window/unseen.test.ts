/** Text from outside, on every page: what cannot be seen, or turns other text around, is shown as a mark. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, needsChromium, type OpenWindow } from '../../support/window.ts';
import { openPage } from './pages.ts';

/** `name`, with what turns it around, what cannot be seen, and a message in tag characters. */
const odd = (name: string) => `${name}\u202Etxt\u200B\u{E0041}\u{E0042}`;

/** Where the page holds such characters: text, and what is read out or shown on hover. Fields hold what is sent. */
const FIND = `(() => {
  const unseen = /[\\u200B\\u202A-\\u202E\\u2066-\\u2069\\u{E0000}-\\u{E007F}]/u;
  const found = [];
  // The JSON editor stands in a shadow root, where neither a walk nor a query looks by itself.
  const look = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { data, parentElement } = texts.currentNode;
      if (unseen.test(data) && !parentElement?.closest('textarea'))
        found.push(parentElement?.outerHTML.slice(0, 300) ?? data);
    }
    for (const element of root.querySelectorAll('*')) {
      for (const { name, value } of element.attributes)
        if (/^(?:aria-(?:label|description|valuetext)|title|alt|placeholder|label)$/.test(name) && unseen.test(value))
          found.push(element.tagName + ' ' + name + '=' + value);
      if (element.shadowRoot) look(element.shadowRoot);
    }
  };
  look(document);
  return found;
})()`;

describe('text from outside', needsChromium, () => {
  let browser: Browser;
  let upstream: HttpUpstream;
  let host: BrowserHost;
  let client: Client;
  let policy: string;
  const label = odd('Label');
  const tool = odd('tool');
  const video = {
    task_id: odd('task'),
    state: 'completed',
    video_url: `https://videos.example/${odd('video')}`,
    thumbnail_url: `https://videos.example/${odd('thumbnail')}`,
  };

  beforeAll(async () => {
    upstream = await startHttpUpstream({
      sessions: 'stateless',
      answers: 'json',
      tools: [
        {
          name: tool,
          description: odd('Description'),
          inputSchema: {
            type: 'object',
            properties: { [odd('argument')]: { type: 'string', description: odd('Says') } },
          },
          run: () => ({ content: [{ type: 'text', text: odd('Done') }] }),
        },
        {
          name: 'luma_generate_video',
          inputSchema: { type: 'object', properties: { prompt: { type: 'string' } } },
          run: () => ({ content: [{ type: 'text', text: JSON.stringify(video) }] }),
        },
      ],
    });
    [browser, host] = await Promise.all([launchChromium(), startBrowserHost()]);
    await host.api('settings.set', { welcomed: true });
    await host.api('upstream.set', { kind: 'http', url: upstream.url });
    const document = {
      version: '1',
      description: odd('Describes'),
      default: 'require_approval',
      all_tools: { deny_if: [{ path: 'args.x', op: 'eq', value: odd('value'), on_deny: odd('Message') }] },
      tools: {
        [odd('gone')]: { action: 'deny', reason: odd('Reason') },
        [tool]: {
          limits: [{ counter: odd('count'), window: 'day', max: 5 }],
          require_approval: { timeout: '1h' },
        },
        luma_generate_video: { limits: [{ counter: odd('spent'), window: 'day', max: 5 }] },
      },
    };
    const saved = await host.api('policies.save', { name: odd('Policy'), document });
    if (!('id' in saved)) throw new Error(JSON.stringify(saved));
    policy = saved.id;
    await host.api('settings.set', { defaultPolicyId: policy });
    const { token } = await host.api('clients.create', { label, policyId: policy });
    const gone = await host.api('clients.create', { label: odd('Revoked') });
    await host.api('clients.revoke', { id: gone.id });
    client = await host.client(token, { name: odd('Client'), version: odd('1') });
    await client.callTool({ name: 'luma_generate_video', arguments: { prompt: odd('Prompt') } });
  });
  afterAll(async () => {
    await client?.close();
    await Promise.all([browser?.close(), host?.[Symbol.asyncDispose]()]);
    await upstream?.close();
  });

  const call = () =>
    void client
      .callTool({ name: tool, arguments: { [odd('argument')]: odd('Prompt') } }, undefined, {
        timeout: 300_000,
      })
      .catch(() => undefined);
  const pending = async () => (await host.api('approvals.list', {})).approvals;

  async function clean(window: OpenWindow): Promise<void> {
    // Something of it is there, and all of it is marked.
    await window.page.getByText('U+202E').first().waitFor({ state: 'attached' });
    expect(await window.page.evaluate(FIND)).toEqual([]);
    expect(window.problems).toEqual([]);
  }

  it('on approvals: the question, its dialogs, what was answered, what is allowed', async () => {
    call();
    await expect.poll(async () => (await pending()).length).toBe(1);
    await using window = await openPage(browser, host, 'approvals');
    const { page } = window;
    const card = page.getByRole('article');
    await card.waitFor();
    await clean(window);
    await card.getByRole('button', { name: 'More answers' }).click();
    await page.getByRole('menu').waitFor();
    await clean(window);
    await page.getByRole('menuitem', { name: 'Deny with a reason…' }).click();
    await page.getByRole('dialog').waitFor();
    await clean(window);
    await page.keyboard.press('Escape');
    await card.getByRole('button', { name: 'Edit…' }).click();
    await page.getByRole('dialog').waitFor();
    await clean(window);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await card.getByRole('button', { name: 'More answers' }).click();
    await page
      .getByRole('menuitem', { name: /15 min/ })
      .first()
      .click();
    await page.getByRole('region', { name: 'Answered lately' }).waitFor();
    await clean(window);
  });

  it('on activity: the log, its filters and a call', async () => {
    await using window = await openPage(browser, host, 'activity');
    const { page } = window;
    const row = page.getByRole('row').filter({ hasText: 'U+202E' }).first();
    await row.waitFor();
    await clean(window);
    await row.click();
    await page.getByLabel('The call in full').waitFor();
    await clean(window);
  });

  it('on clients: the row, its menu, each dialog', async () => {
    await using window = await openPage(browser, host, 'clients');
    const { page } = window;
    await page.getByText('revoked client').click();
    await clean(window);
    for (const item of ['Rename…', 'New token…', 'Revoke…']) {
      await page.getByRole('button', { name: /^More for Label/ }).click();
      await page.getByRole('menuitem', { name: item }).click();
      await page.getByRole('dialog').or(page.getByRole('alertdialog')).waitFor();
      await clean(window);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await page.getByRole('button', { name: /^More for Label/ }).click();
    await page.getByRole('menuitem', { name: 'New token…' }).click();
    await page.getByRole('button', { name: 'Make a new token' }).click();
    await page.getByRole('dialog', { name: /token of/ }).waitFor();
    await clean(window);
  });

  it('on policies: the list, its dialogs, the editor', async () => {
    await using window = await openPage(browser, host, 'policies');
    const { page } = window;
    await clean(window);
    await page.getByRole('button', { name: /^More about Policy\[/ }).click();
    await page.getByRole('menuitem', { name: /Delete/ }).click();
    await page.getByRole('dialog').waitFor();
    await clean(window);
    await page.keyboard.press('Escape');
    await window.go('policies', policy);
    // What stands there until the editor is loaded has the same text.
    await page.getByTestId('json').locator('.cm-line').first().waitFor();
    await clean(window);
    // Every rule opened: its conditions, its messages.
    for (const name of ['gone', 'tool']) {
      await page
        .getByRole('button', { expanded: false })
        .filter({ hasText: `${name}U+202E` })
        .click();
      await clean(window);
    }
    for (const tab of ['Try a call', 'Versions']) {
      await page.getByRole('tab', { name: tab }).click();
      await clean(window);
    }
  });

  it('on videos: the card, the question before it is opened, the limits', async () => {
    await using window = await openPage(browser, host, 'videos');
    const { page } = window;
    const card = page.getByRole('list', { name: 'Videos, newest first' }).getByRole('listitem');
    for (const text of ['Prompt', 'Label', 'video']) await card.getByText(`${text}U+202E`).waitFor();
    for (const text of ['Policy', 'tool']) await page.getByText(`${text}U+202E`).first().waitFor();
    await clean(window);
    await page.getByRole('radio', { name: 'Table' }).click();
    await clean(window);
    await card.getByRole('button', { name: 'Open…' }).click();
    await page.getByRole('dialog', { name: /^Open videos/ }).waitFor();
    await clean(window);
  });

  it('on settings: the limits, the diagnostics, tools that changed', async () => {
    await using window = await openPage(browser, host, 'settings');
    const { page } = window;
    await page.getByText('spentU+202E').waitFor();
    await clean(window);
    await page
      .getByRole('listitem')
      .filter({ hasText: 'spentU+202E' })
      .getByRole('button', { name: 'Reset…' })
      .click();
    await page.getByRole('dialog').getByText('spentU+202E').waitFor();
    await clean(window);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Copy diagnostics…' }).click();
    await page.getByRole('region', { name: 'The diagnostics' }).waitFor();
    await clean(window);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    const inputSchema = { type: 'object' as const, properties: { [odd('other')]: { title: odd('Title') } } };
    await upstream.setTools([
      { name: tool, title: odd('Title'), description: odd('Does more'), inputSchema },
      { name: odd('second'), inputSchema },
    ]);
    await host.api('upstream.test');
    for (const name of ['tool', 'second']) {
      const change = page.getByRole('region', { name: new RegExp(`^The tool ${name}\\[`) });
      await change.getByText('otherU+202E').first().waitFor();
    }
    await clean(window);
  });

  it('on activity: which row of the log another program changed', async () => {
    const sql = new DatabaseSync(join(host.dataDir, 'greenlight.db'));
    sql.prepare('UPDATE activity SET cost = 5 WHERE tool = ?').run(tool);
    sql.close();
    await using window = await openPage(browser, host, 'activity');
    await window.page.getByRole('button', { name: 'Verify' }).click();
    const verified = window.page.getByRole('alert').filter({ hasText: 'The log is not as it was written' });
    await verified.getByText('U+202E').waitFor();
    await clean(window);
  });
});
