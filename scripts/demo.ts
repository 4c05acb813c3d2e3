/**
 * `npm run demo`: the whole of Greenlight in one command. Starts it on a temporary data directory, lets a
 * real MCP client inside ask the sandbox for a video, and prints what the agent gets once you answered.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './build-if-stale.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'greenlight-demo-'));
await buildIfStale(root, 'browser');

const host = spawn(
  process.execPath,
  ['out/browser/index.js', '--json', '--port', '0', '--ui-port', '0', '--no-open', '--home', home],
  { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, GREENLIGHT_SECRETS: 'file' } },
);
const stop = () => {
  host.once('exit', () => {
    rmSync(home, { recursive: true, force: true });
    process.exit();
  });
  host.kill('SIGTERM');
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

const [line] = (await new Promise<string[]>((resolve, reject) => {
  host.once('exit', (code) => reject(new Error(`Greenlight ended with code ${code} before it was ready.`)));
  createInterface({ input: host.stdout }).once('line', (text) => resolve([text]));
})) as [string];
host.removeAllListeners('exit');
const { uiUrl } = JSON.parse(line) as { uiUrl: string };
const { origin, hash } = new URL(uiUrl);
const key = new URLSearchParams(hash.slice(1)).get('key') ?? '';

async function call(method: string, params: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${origin}/api/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  return (await answer.json()) as Record<string, unknown>;
}

process.stdout.write(`An agent asks the sandbox for a video. The call waits for you.

  Window   ${uiUrl}

Answer there, on the notification, or here: a = allow, d = deny, then Enter.
`);

/** What was typed; kept when it comes before the call does, since a pipe says it at once. */
let typed: 'allow' | 'deny' | undefined;
let decided = false;
async function decide(): Promise<void> {
  if (decided || typed === undefined) return;
  const { approvals } = (await call('approvals.list', {})) as { approvals: { id: string }[] };
  const [approval] = approvals;
  if (decided || !approval) return;
  decided = true;
  await call('approvals.decide', { id: approval.id, answer: typed });
}

const answering = createInterface({ input: process.stdin });
answering.on('line', (text) => {
  const answer = { a: 'allow', d: 'deny' }[text.trim().toLowerCase()] as typeof typed;
  if (answer === undefined) return;
  typed = answer;
  void decide();
});
const looking = setInterval(() => void decide(), 200);

const result = await call('demo.call', {});
process.stdout.write(`\nWhat the agent got:\n\n${result.text ?? JSON.stringify(result)}\n`);
clearInterval(looking);
answering.close();
stop();
