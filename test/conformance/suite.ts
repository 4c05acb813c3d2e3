/**
 * The official conformance suite (@modelcontextprotocol/conformance) against a server that has everything, directly and
 * through Greenlight: what a scenario finds must be the same.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEverythingUpstream } from '../servers/everything.ts';
import { startGreenlight } from '../support/greenlight.ts';
import { addServer, useServers } from '../support/servers.ts';
import { PATIENCE } from '../support/wait.ts';

const require = createRequire(import.meta.url);
const MANIFEST = require.resolve('@modelcontextprotocol/conformance/package.json');
const CLI = join(dirname(MANIFEST), 'dist/index.js');
const CLIENT = fileURLToPath(new URL('suite-client.ts', import.meta.url));

/** The suite's own version. */
export const SUITE: string = JSON.parse(readFileSync(MANIFEST, 'utf8')).version;

/** The revisions that it has scenarios for. */
export const REVISIONS = ['2025-06-18', '2025-11-25', '2026-07-28'] as const;

/** What each scenario found, check by check: `ping: SUCCESS`. */
export type Findings = Map<string, string[]>;

/** What is found directly and through Greenlight: at its server `luma`, and at another one of several. */
export interface Found {
  direct: Findings;
  through: Findings;
  another?: Findings;
}

/**
 * The scenarios for clients, each in the revisions that have it. Not among them: signing in (`auth/*`), which is between
 * a client and the server that it talks to; extensions; and those whose server answers neither `initialize` nor
 * `server/discover` (`http-*-headers`, `sep-2322-*`), so that no client can connect to it without a trick of its own.
 */
const FOR_CLIENTS = [
  ['initialize', '2025-06-18'],
  ['initialize', '2025-11-25'],
  ['tools_call', '2025-06-18'],
  ['tools_call', '2025-11-25'],
  ['tools_call', '2026-07-28'],
  ['elicitation-sep1034-client-defaults', '2025-11-25'],
  ['sse-retry', '2025-11-25'],
  ['request-metadata', '2026-07-28'],
  ['json-schema-ref-no-deref', '2026-07-28'],
  ['json-schema-2020-12-preservation', '2025-11-25'],
  ['json-schema-2020-12-preservation', '2026-07-28'],
] as const;

/** What each scenario for servers finds in `revision`. */
export async function againstServer(revision: string): Promise<Found> {
  const upstream = await startEverythingUpstream();
  const greenlight = await startGreenlight({ upstream: upstream.url });
  for (const id of ['second', 'third']) await addServer(greenlight, id, upstream.url);
  useServers(greenlight, greenlight.grant, 'luma', 'second', 'third');
  const door = await openDoor(greenlight.core.mcpUrl, greenlight.token);
  const run = (url: string) => runSuite('server', revision, ['--url', url, '--suite', 'all']);
  try {
    return {
      direct: await run(upstream.url),
      through: await run(door.url),
      another: await run(`${door.url}/third`),
    };
  } finally {
    await door.close();
    await greenlight.stop();
    await upstream.close();
  }
}

/** What each of {@link FOR_CLIENTS} finds in `revision`. */
export async function againstClient(revision: string): Promise<Found> {
  const found: Found = { direct: new Map(), through: new Map() };
  for (const [scenario] of FOR_CLIENTS.filter(([, each]) => each === revision))
    for (const way of ['direct', 'through'] as const) {
      const command = [process.execPath, CLIENT, way].map((each) => JSON.stringify(each)).join(' ');
      const run = await runSuite('client', revision, ['--command', command, '--scenario', scenario]);
      for (const [name, checks] of run) found[way].set(name, checks);
    }
  return found;
}

/** Runs the suite's scenarios for a `server` or a `client` with `options`. */
async function runSuite(side: 'server' | 'client', revision: string, options: string[]): Promise<Findings> {
  const results = mkdtempSync(join(tmpdir(), 'greenlight-conformance-'));
  try {
    const all = [...options, '--spec-version', revision, '-o', results, '--timeout', String(PATIENCE)];
    // It ends with 1 where a check failed, which is told by its results.
    await promisify(execFile)(process.execPath, [CLI, side, ...all], {
      maxBuffer: 2 ** 26,
    }).catch(({ code, stderr }) => {
      if (code !== 1) throw new Error(`The conformance suite did not run: ${stderr}`);
    });
    const found: Findings = new Map();
    for (const folder of readdirSync(results).sort()) {
      const scenario = /^(?:server-)?(.+)-\d{4}-\d\d-\d\dT/.exec(folder)?.[1] ?? folder;
      found.set(scenario, checksOf(join(results, folder, 'checks.json')));
    }
    return found;
  } finally {
    rmSync(results, { recursive: true });
  }
}

/** Each check once, with its result; not what the suite only notes, as how often it was asked. */
function checksOf(file: string): string[] {
  const checks = JSON.parse(readFileSync(file, 'utf8')) as {
    id: string;
    status: string;
    errorMessage?: string;
  }[];
  const told = checks
    .filter(({ status }) => status !== 'INFO')
    .map(({ id, status, errorMessage }) => [id, status, errorMessage].filter(Boolean).join(': '));
  return [...new Set(told)];
}

/**
 * The suite cannot send a token: what comes to this door goes on to `url` with it, and otherwise as it came, under the
 * port of `url` (Greenlight answers to no other).
 */
async function openDoor(url: string, token: string): Promise<{ url: string; close(): Promise<void> }> {
  const { port } = new URL(url);
  const http = createServer((request, response) => {
    const { method, url: path, rawHeaders } = request;
    const own = `:${(http.address() as AddressInfo).port}`;
    const headers = [
      ...rawHeaders.map((each) => each.replace(own, `:${port}`)),
      ...['Authorization', `Bearer ${token}`],
    ];
    const on = send({ host: '127.0.0.1', port, method, path, headers, setHost: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    on.once('error', () => response.destroy());
    response.once('close', () => on.destroy());
    request.pipe(on);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
