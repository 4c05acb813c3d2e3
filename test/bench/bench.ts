/**
 * `npm run bench`: direct calls, a bare undici reverse proxy, and Greenlight with policy, limits and
 * activity on, side by side in one run. Reports ratios: the machine's own speed is not the point.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { buildIfStale } from '../../scripts/build-if-stale.ts';

const CONNECTIONS = 16;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);
/** Milliseconds of one measurement. */
const SPAN = Number(process.env.BENCH_SPAN ?? 2_000);

const policy = {
  version: '1',
  default: 'deny',
  costs: { luma_generate_video: 0.4 },
  all_tools: {
    limits: [{ counter: 'spend', window: 'day', max: 1e12, increment_from: 'cost', scope: 'all' }],
  },
  tools: {
    luma_generate_video: {
      deny_if: [{ path: 'args.callback_url', op: 'exists', value: true }],
      limits: [{ counter: 'videos', window: 'minute', max: 1e9 }],
    },
  },
};

await buildIfStale(fileURLToPath(new URL('../..', import.meta.url)), 'browser');
const children: ChildProcess[] = [];
const home = mkdtempSync(join(tmpdir(), 'greenlight-bench-'));

/** Starts a script of this project; resolves with its first line. */
function start(script: string, args: string[] = []): Promise<{ line: string; pid: number }> {
  const path = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GREENLIGHT_SECRETS: 'file', LOG_LEVEL: 'error' },
  });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with code ${code}.`)));
    createInterface({ input: child.stdout }).once('line', (line) => resolve({ line, pid: child.pid ?? 0 }));
  });
}

interface Target {
  name: string;
  pool: Pool;
  headers: Record<string, string>;
}

function target(name: string, origin: string, token?: string): Target {
  return {
    name,
    pool: new Pool(origin, { connections: CONNECTIONS }),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
      ...(token && { authorization: `Bearer ${token}` }),
    },
  };
}

let id = 0;
async function call({ pool, headers, name }: Target): Promise<void> {
  id += 1;
  const params = {
    name: 'luma_generate_video',
    arguments: { prompt: `A paper boat, take ${id}`, aspect_ratio: '16:9' },
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params });
  const answer = await pool.request({ path: '/mcp', method: 'POST', headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== 200 || !text.includes('task_id'))
    throw new Error(`${name}: ${answer.statusCode} ${text}`);
}

/** Calls per second with `lanes` calls open at once. */
async function measure(to: Target, lanes: number, span: number): Promise<number> {
  const started = performance.now();
  let calls = 0;
  const lane = async () => {
    while (performance.now() - started < span) {
      await call(to);
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (calls * 1000) / (performance.now() - started);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function residentMiB(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

try {
  const { line: upstreamUrl } = await start('test/servers/index.ts', ['luma']);
  const upstreamOrigin = new URL(upstreamUrl).origin;
  const bare = await start('test/bench/bare-proxy.ts', [upstreamOrigin]);
  const host = await start('out/browser/index.js', [
    ...['--json', '--port', '0', '--ui-port', '0', '--no-open', '--home', home],
  ]);
  const { mcpUrl, uiUrl, grant } = JSON.parse(host.line);
  const ui = new URL(uiUrl);
  const api = async (method: string, params: object) => {
    const answer = await fetch(`${ui.origin}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ui.hash.slice('#key='.length)}` },
      body: JSON.stringify(params),
    });
    const body = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`${method}: ${JSON.stringify(body)}`);
    return body;
  };
  await sleep(3_000);
  const atRest = residentMiB(host.pid);
  await api('upstream.set', { kind: 'http', url: upstreamUrl });
  const { id: policyId } = await api('policies.save', { name: 'Bench', document: policy });
  await api('clients.update', { id: grant.id, policyId });

  const targets = [
    target('direct', upstreamOrigin),
    target('bare proxy', `http://127.0.0.1:${bare.line}`),
    target('greenlight', new URL(mcpUrl).origin, grant.token),
  ];
  const throughput = new Map<string, number[]>(targets.map(({ name }) => [name, []]));
  const serial = new Map<string, number[]>(targets.map(({ name }) => [name, []]));
  for (const to of targets) await measure(to, CONNECTIONS, SPAN);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const to of targets) throughput.get(to.name)?.push(await measure(to, CONNECTIONS, SPAN));
    for (const to of targets) serial.get(to.name)?.push(1000 / (await measure(to, 1, SPAN)));
  }

  // The ratio of each round is taken within the round: what slows the machine slows all three.
  const ratio = (of: Map<string, number[]>) =>
    median(
      (of.get('greenlight') ?? []).map(
        (value, round) => value / (of.get('bare proxy')?.[round] ?? Number.NaN),
      ),
    );
  console.log(`${ROUNDS} rounds of ${SPAN} ms each, medians\n`);
  console.log('                calls/s at 16 connections   serial latency (ms)');
  for (const { name } of targets) {
    const [calls, latency] = [median(throughput.get(name) ?? []), median(serial.get(name) ?? [])];
    console.log(`${name.padEnd(16)}${calls.toFixed(0).padStart(25)}${latency.toFixed(3).padStart(22)}`);
  }
  console.log(`\nGreenlight / bare proxy: throughput ${ratio(throughput).toFixed(2)} (aim: at least 0.80)`);
  console.log(`Greenlight / bare proxy: serial latency ${ratio(serial).toFixed(2)} (aim: at most 1.15)`);
  if (atRest !== undefined)
    console.log(`Memory of the host at rest: ${atRest.toFixed(0)} MiB (aim: under 120)`);
  const { rows, valid } = (await api('activity.verify', {})) as { rows?: number; valid?: boolean };
  console.log(`Activity: ${rows} rows, the chain ${valid ? 'verifies' : 'DOES NOT VERIFY'}`);
} finally {
  for (const child of children) child.kill('SIGTERM');
  await sleep(1_500);
  rmSync(home, { recursive: true, force: true });
}
