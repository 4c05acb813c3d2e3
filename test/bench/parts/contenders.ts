/** Everything that is measured: how it is started in front of the bench's upstreams, and how it is reached. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Params } from '../../../shared/contract.ts';
import { CACHE, programPath } from './folders.ts';
import { type Access, type Host, prepareHost, startHost } from './host.ts';
import { cpuTime, type Program, startProgram } from './program.ts';
import { NAMES } from './results.ts';
import { makeSeededHome } from './seeded-home.ts';
import { stdioUpstream } from './upstreams.ts';

/** A proxy that can be started more than once. */
export interface Contender {
  readonly name: string;
  /** Whether it is started with loop-watch.js. */
  readonly watched: boolean;
  /** Whether a run does without it where it cannot be started. */
  readonly optional?: boolean;
  start(): Promise<Running>;
}

/** Greenlight; its start takes options of Node in place of the usual ones, and another built host. */
interface GreenlightContender extends Contender {
  start(nodeOptions?: string[], built?: string): Promise<Running & { host: Host }>;
}

/** A proxy that listens. */
export interface Running {
  readonly program: Program;
  readonly access: Access;
  readonly host?: Host;
  /** From its start until it listened: milliseconds, and milliseconds of CPU. */
  readonly start: { wall: number; cpu: number };
}

/** It is asked by a signal, which Windows does not have. */
const WATCHED = process.platform !== 'win32';
const WATCH = WATCHED ? ['--import', programPath('loop-watch.js')] : [];

/** Node's own start and undici: what every ratio is to. */
export function bareProxy(upstreamPort: number): Contender {
  return {
    name: NAMES.bare,
    watched: WATCHED,
    async start() {
      const program = startProgram('proxy', [
        ...[process.execPath, ...WATCH, programPath('bare-proxy.ts')],
        `http://127.0.0.1:${upstreamPort}`,
      ]);
      const port = Number(await program.firstLine);
      return { program, start: costSoFar(program), access: { port, path: '/mcp', headers: {} } };
    },
  };
}

/**
 * Greenlight in front of `upstream`, in a home of its own below `folder`: with `rows` calls in its log, and a policy, the
 * bench's by default.
 */
export function greenlight(
  name: string,
  folder: string,
  upstream: Params<'upstream.set'>,
  { rows = 0, policy }: { rows?: number; policy?: object } = {},
): GreenlightContender {
  const dataDir = join(folder, name.replaceAll(/\W+/g, '-'), 'data');
  let access: Access | undefined;
  return {
    name,
    watched: WATCHED,
    async start(nodeOptions: string[] = WATCH, built?: string) {
      if (access === undefined && rows > 0) makeSeededHome(dataDir, rows);
      const host = await startHost({ dataDir, nodeOptions, ...(built !== undefined && { built }) });
      const start = costSoFar(host.program);
      access ??= await prepareHost(host, upstream, policy);
      return { program: host.program, host, start, access: { ...access, port: host.port } };
    },
  };
}

/** `mcp-proxy` of npm in front of the stdio server. */
export function mcpProxy(): Contender {
  return listeningOn(NAMES.mcpProxy, (port) => [
    ...[process.execPath, binOf(NAMES.mcpProxy), '--host', '127.0.0.1', '--port', `${port}`],
    ...['--server', 'stream', '--', ...stdioUpstream()],
  ]);
}

/** `supergateway` of npm in front of the stdio server. */
export function supergateway(): Contender {
  return listeningOn(NAMES.supergateway, (port) => [
    ...[process.execPath, binOf(NAMES.supergateway), '--stdio', stdioUpstream().join(' ')],
    ...['--outputTransport', 'streamableHttp', '--stateful', '--logLevel', 'none', '--port', `${port}`],
  ]);
}

const INTERCEPT_POLICY = `version: "1"
default: deny
tools:
  luma_get_task:
    rules:
      - name: "no webhooks"
        conditions:
          - {path: "args.callback_url", op: "exists", value: false}
      - name: "per minute"
        rate_limit: 1000000000/minute
      - name: "per day"
        rate_limit: 1000000000/day
`;

/** PolicyLayer's Intercept, with the same condition and as many limits, in front of the HTTP server. */
export function intercept(folder: string, upstreamPort: number): Contender {
  const home = join(folder, 'intercept');
  mkdirSync(home, { recursive: true });
  const policy = join(home, 'policy.yaml');
  writeFileSync(policy, INTERCEPT_POLICY);
  return listeningOn(
    NAMES.intercept,
    (port) => [
      ...[
        interceptBinary(),
        '-c',
        policy,
        '--transport',
        'http',
        '--upstream',
        `http://127.0.0.1:${upstreamPort}/mcp`,
      ],
      ...['--port', `${port}`, '--state-dir', join(home, 'state'), '--log-level', 'error'],
    ],
    { HOME: home },
  );
}

/** Where the peers of npm are: what `PEERS` names, or the cache. */
const PEERS = process.env.PEERS ?? join(CACHE, 'peers');

/** Installs them there. */
export function installPeers(): void {
  mkdirSync(PEERS, { recursive: true });
  execFileSync('npm', ['install', '--prefix', PEERS, NAMES.mcpProxy, NAMES.supergateway], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
}

/** Which versions of them are installed, for people. */
export function peerVersions(): string[] {
  return [NAMES.mcpProxy, NAMES.supergateway].flatMap((name) => {
    const found = packageOf(name);
    return found ? [`${name} ${found.version}`] : [];
  });
}

function interceptBinary(): string {
  const binary = process.env.INTERCEPT;
  if (binary === undefined) throw new Error('INTERCEPT does not name its binary');
  return binary;
}

/** The program of an installed package. */
function binOf(name: string): string {
  const found = packageOf(name);
  if (!found) throw new Error('not installed (--peers installs it, PEERS says where it is)');
  const { bin, root } = found;
  return join(root, typeof bin === 'string' ? bin : (bin[name] ?? ''));
}

function packageOf(name: string) {
  const root = join(PEERS, 'node_modules', name);
  if (!existsSync(root)) return undefined;
  const { bin, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
    version: string;
  };
  return { root, bin, version };
}

/** A proxy that says nothing when it is ready: it is as soon as its port takes a connection. */
function listeningOn(
  name: string,
  command: (port: number) => string[],
  env: Record<string, string> = {},
): Contender {
  return {
    name,
    watched: false,
    optional: true,
    async start() {
      const port = await freePort();
      const program = startProgram('proxy', command(port), { env });
      const ended = program.firstLine.then(() => new Promise<never>(() => undefined));
      while (!(await Promise.race([accepts(port), ended]))) await sleep(5);
      return { program, start: costSoFar(program), access: { port, path: '/mcp', headers: {} } };
    },
  };
}

function costSoFar(program: Program): { wall: number; cpu: number } {
  return { wall: program.age(), cpu: cpuTime(program.pid) };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
