/**
 * `npm run screenshots`: pictures of the window for the README, taken from the real thing: a host on a
 * temporary data directory, real clients that call through the proxy, the sandbox, Chromium.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { chromium, type Page } from 'playwright';
import type { MethodName, Params, Result } from '../shared/contract.ts';
import { buildIfStale } from './build-if-stale.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pictures = join(root, 'docs', 'pictures');
const home = mkdtempSync(join(tmpdir(), 'greenlight-pictures-'));
mkdirSync(pictures, { recursive: true });
await buildIfStale(root, 'browser');

const host = spawn(
  process.execPath,
  ['out/browser/index.js', '--json', '--port', '0', '--ui-port', '0', '--no-open', '--home', home],
  {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GREENLIGHT_SECRETS: 'file', LOG_LEVEL: 'error' },
  },
);
const line = await new Promise<string>((resolve) =>
  createInterface({ input: host.stdout }).once('line', resolve),
);
const { mcpUrl, uiUrl } = JSON.parse(line) as { mcpUrl: string; uiUrl: string };
const ui = new URL(uiUrl);

async function api<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
  const answer = await fetch(`${ui.origin}/api/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ui.hash.slice('#key='.length)}` },
    body: JSON.stringify(params),
  });
  if (!answer.ok) throw new Error(`${method}: ${await answer.text()}`);
  return (await answer.json()) as Result<M>;
}

async function connect(label: string, name: string): Promise<Client> {
  const { token } = await api('clients.create', { label });
  const client = new Client({ name, version: '1.0.0' });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl), { requestInit }) as never);
  return client;
}

async function answerNext(answer: 'allow' | 'deny', reason?: string): Promise<void> {
  for (;;) {
    const [next] = (await api('approvals.list', {})).approvals;
    if (next) {
      await api('approvals.decide', { id: next.id, answer, ...(reason && { reason }) });
      return;
    }
    await sleep(50);
  }
}

const prompts = [
  'A paper boat sails down a rainy street, close to the water, golden light',
  'Timelapse of clouds over a mountain lake at dawn, calm, wide angle',
  'A fox walks through fresh snow between birches, shallow depth of field',
  'Macro shot of a watch movement, gears turning slowly, warm light',
];

/** A morning's work: videos made, one denied, one call that no policy allows, two that wait. */
async function play(): Promise<void> {
  const claude = await connect('Claude', 'claude-ai');
  const cursor = await connect('Cursor', 'cursor-vscode');
  const tasks: string[] = [];
  for (const [index, prompt] of prompts.entries()) {
    const client = index % 2 === 0 ? claude : cursor;
    const call = client.callTool({ name: 'luma_generate_video', arguments: { prompt } });
    await answerNext(index === 3 ? 'deny' : 'allow', index === 3 ? 'We have enough of these.' : undefined);
    const { content } = (await call) as { content: { text: string }[] };
    const taskId = /"task_id":\s*"([^"]+)"/.exec(content[0]?.text ?? '')?.[1];
    if (taskId) tasks.push(taskId);
  }
  await sleep(4_500);
  for (const task_id of tasks) await claude.callTool({ name: 'luma_get_task', arguments: { task_id } });
  await claude.callTool({
    name: 'luma_generate_video',
    arguments: { prompt: prompts[0], callback_url: 'https://hooks.example.net/t/8f2a' },
  });
  const waiting = [
    claude.callTool({
      name: 'luma_generate_video',
      arguments: {
        prompt: 'A cat asleep on a warm windowsill while rain runs down the glass, cosy, 35 mm film',
        aspect_ratio: '9:16',
        loop: true,
      },
    }),
    cursor.callTool({
      name: 'luma_generate_video_from_image',
      arguments: {
        prompt: 'The drone rises and turns over the lake',
        start_image_url: 'https://cdn.example.com/lake.jpg',
      },
    }),
  ];
  // They are still open when the host stops; that is how the pictures end.
  for (const call of waiting) call.catch(() => {});
  while ((await api('approvals.list', {})).approvals.length < 2) await sleep(50);
}

/** Each page, and what must be seen before its picture is taken. */
const pages: [name: string, hash: string, ready: (page: Page) => Promise<unknown>][] = [
  ['approvals', '#/approvals', (page) => page.getByRole('button', { name: /Allow/ }).first().waitFor()],
  ['videos', '#/videos', (page) => page.locator('img').first().waitFor()],
  [
    'policies',
    '#/policies/ask-before-every-video',
    (page) => page.getByText('luma_generate_video').first().waitFor(),
  ],
  ['clients', '#/clients', (page) => page.getByText('Cursor').first().waitFor()],
  ['activity', '#/activity', () => sleep(1_500)],
  ['settings', '#/settings', (page) => page.getByRole('heading').nth(1).waitFor()],
];

try {
  await api('settings.set', { welcomed: true });
  await play();
  const system = '/usr/bin/chromium';
  const browser = await chromium.launch({
    ...(existsSync(system) && { executablePath: system }),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  for (const theme of ['light', 'dark'] as const) {
    const context = await browser.newContext({
      viewport: { width: 1100, height: 760 },
      deviceScaleFactor: 2,
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    await page.goto(uiUrl);
    // Where the pictures are taken there is rarely a desktop, and the window says so.
    const dismiss = page.getByRole('button', { name: /dismiss|close|hide/i }).first();
    await page.getByRole('button', { name: /Allow/ }).first().waitFor();
    if (await dismiss.isVisible()) await dismiss.click();
    for (const [name, hash, ready] of pages) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await ready(page);
      await sleep(600);
      await page.screenshot({ path: join(pictures, `${name}-${theme}.png`) });
    }
    await context.close();
  }
  await browser.close();
} finally {
  host.kill('SIGTERM');
  await sleep(1_000);
  rmSync(home, { recursive: true, force: true });
}
