/** The MCP inspector's command line, as a person would use it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGreenlight, type TestGreenlight } from '../support/greenlight.ts';

const require = createRequire(import.meta.url);
const inspector = require.resolve('@modelcontextprotocol/inspector/clients/launcher/build/index.js');

let greenlight: TestGreenlight;
/** The inspector keeps files in its home. */
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'inspector-'));
  greenlight = await startGreenlight({
    policy: {
      version: '1',
      default: 'deny',
      hide: ['luma_list_actions'],
      tools: {
        luma_list_aspect_ratios: {},
        luma_generate_video: { action: 'deny', reason: 'No videos today.' },
        luma_get_task: { limits: [{ counter: 'c', window: 'hour', max: 1 }] },
      },
    },
  });
});

afterAll(async () => {
  await greenlight.stop();
  rmSync(home, { recursive: true, force: true });
});

async function inspect(...args: string[]): Promise<{ code: number; output: string }> {
  const { core, token } = greenlight;
  const all = ['--cli', core.mcpUrl, '--transport', 'http', '--header', `Authorization: Bearer ${token}`];
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [inspector, ...all, '--format', 'json', ...args],
      { env: { ...process.env, HOME: home, USERPROFILE: home }, timeout: 60_000 },
      (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
    child.stdin?.end();
  });
}

const call = (tool: string, args: object = {}) =>
  inspect('--method', 'tools/call', '--tool-name', tool, '--tool-args-json', JSON.stringify(args));

test('lists the tools, without the hidden one', async () => {
  const { code, output } = await inspect('--method', 'tools/list');
  expect(code).toBe(0);
  expect(output).toContain('luma_generate_video');
  expect(output).not.toContain('luma_list_actions');
});

test('lists them in the revision without a handshake where the upstream speaks it, else with one', async () => {
  const { code, output } = await inspect('--protocol-era', 'auto', '--method', 'tools/list');
  expect(code).toBe(0);
  expect(output).toContain('luma_get_task');
});

test('calls an allowed, a denied, a hidden and a rate-limited tool', async () => {
  const allowed = await call('luma_list_aspect_ratios');
  expect(allowed.code).toBe(0);
  expect(allowed.output).toContain('16:9');

  const denied = await call('luma_generate_video', { prompt: 'a boat' });
  expect(denied.output).toContain('Greenlight: denied.');
  expect(denied.output).toContain('No videos today.');

  const hidden = await call('luma_list_actions');
  expect(hidden.code).not.toBe(0);
  expect(hidden.output).not.toContain('Greenlight');

  await call('luma_get_task', { task_id: 'none' });
  const limited = await call('luma_get_task', { task_id: 'none' });
  expect(limited.output).toContain('retryAfterSeconds');
});
