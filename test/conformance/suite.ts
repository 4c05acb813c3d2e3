/**
 * The official conformance suite (@modelcontextprotocol/conformance) against a server that has everything, directly and
 * through Greenlight: what a scenario finds must be the same.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEverythingUpstream } from '../servers/everything.ts';
import { startGreenlight } from '../support/greenlight.ts';

const PACKAGE = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/conformance/', import.meta.url),
);

/** The suite's own version. */
export const SUITE: string = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')).version;

/** The revisions that it has scenarios for. */
export const REVISIONS = ['2025-06-18', '2025-11-25', '2026-07-28'] as const;

/** What one scenario found, check by check: `ping: SUCCESS`. */
export type Findings = Map<string, string[]>;

/** What is found in each scenario of `revision`, directly and through Greenlight. */
export async function runSuite(revision: string): Promise<{ direct: Findings; through: Findings }> {
  const upstream = await startEverythingUpstream();
  const greenlight = await startGreenlight({ upstream: upstream.url });
  const door = await openDoor(greenlight.core.mcpUrl, greenlight.token);
  try {
    return { direct: await run(upstream.url, revision), through: await run(door.url, revision) };
  } finally {
    await door.close();
    await greenlight.stop();
    await upstream.close();
  }
}

/** Runs all scenarios that servers have in `revision` against the server at `url`. */
async function run(url: string, revision: string): Promise<Findings> {
  const results = mkdtempSync(join(tmpdir(), 'greenlight-conformance-'));
  try {
    const cli = join(PACKAGE, 'dist/index.js');
    const options = ['--suite', 'all', '--spec-version', revision, '-o', results, '--timeout', '60000'];
    // It ends with 1 where a check failed, which is told by its results.
    await promisify(execFile)(process.execPath, [cli, 'server', '--url', url, ...options], {
      maxBuffer: 2 ** 26,
    }).catch(({ code, stderr }) => {
      if (code !== 1) throw new Error(`The conformance suite did not run: ${stderr}`);
    });
    const found: Findings = new Map();
    for (const folder of readdirSync(results).sort()) {
      const scenario = /^server-(.+)-\d{4}-\d\d-\d\dT/.exec(folder)?.[1] ?? folder;
      const checks = JSON.parse(readFileSync(join(results, folder, 'checks.json'), 'utf8')) as {
        id: string;
        status: string;
        errorMessage?: string;
      }[];
      found.set(
        scenario,
        checks.map(({ id, status, errorMessage }) => [id, status, errorMessage].filter(Boolean).join(': ')),
      );
    }
    return found;
  } finally {
    rmSync(results, { recursive: true });
  }
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
