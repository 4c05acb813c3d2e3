/**
 * The browser host as its users start it: a process of its own, on free ports, with a data directory and a
 * home folder of its own, away from the machine's keyring and desktop.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { failure, type MethodName, methods, type Params, type Result } from '../../shared/contract.ts';
import { connectClient } from './client.ts';
import { openEventStream, type WindowEvents } from './window-events.ts';

/** As it was built for this run (built-host.ts), or its sources. */
const BUILT = process.env.GREENLIGHT_HOST_UNDER_TEST;
const PROGRAM = BUILT ?? fileURLToPath(new URL('../../main/browser/index.ts', import.meta.url));

/** What stands on standard output once the host is ready. */
interface ReadyLine {
  ready: true;
  mcpUrl: string;
  uiUrl: string;
  grant?: { id: string; token: string };
}

export interface HostOptions {
  /** A data directory that outlives the host, for a second start; a new one that goes with it by default. */
  dataDir?: string;
  /** More arguments; a `--port` here wins over the free port. */
  args?: string[];
  /** Merged into the environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  /** What is started in place of the host, with its Node options before it. */
  program?: string[];
  /** A file or pipe that gets its standard error instead of the test: it is then not known what it said there. */
  stderr?: number;
}

/** How a process ended, and all it said. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface BrowserHost extends AsyncDisposable {
  readonly ready: ReadyLine;
  readonly pid: number;
  readonly dataDir: string;
  /** The person's home folder as the host sees it. */
  readonly home: string;
  /** `http://127.0.0.1:<port>` of the window, and the key that its API wants. */
  readonly uiOrigin: string;
  readonly key: string;
  /** Calls a method as the window does; its answer is checked against the contract. Rejects with {@link MethodFailed}. */
  api<M extends MethodName>(method: M, params?: Params<M>): Promise<Result<M>>;
  /** Sends `body` as it is to `/api/<method>`. */
  post(method: string, body: string, headers?: Record<string, string>): Promise<Response>;
  /** Opens the window's event stream. */
  events(): Promise<WindowEvents>;
  /** A connected SDK client, with the first grant's token unless another is given. The caller closes it. */
  client(token?: string, info?: { name: string; version: string }): Promise<Client>;
  /** Ends it with a signal and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
  /** How and when it ends, whoever ends it. */
  readonly ended: Promise<Ended>;
  /** Resolves once the log on standard error contains `part`. */
  logged(part: string): Promise<void>;
}

/** A method that was answered with a failure. */
class MethodFailed extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, error: { code: string; message: string }) {
    super(error.message);
    this.status = status;
    this.code = error.code;
  }
}

/** Starts a host and waits until it is ready. Rejects, with what it said, when it ends before that. */
export async function startBrowserHost(options: HostOptions = {}): Promise<BrowserHost> {
  const root = await mkdtemp(join(tmpdir(), 'greenlight-host-'));
  const home = options.env?.HOME ?? root;
  const dataDir = options.dataDir ?? join(root, 'data');
  const started = launchBrowserHost(
    ['--json', '--no-open', '--port', '0', '--ui-port', '0', '--home', dataDir, ...(options.args ?? [])],
    { ...options, env: { HOME: home, ...options.env } },
  );
  const ended = started.ended.finally(() => rm(root, { recursive: true, force: true, maxRetries: 3 }));
  const ready = JSON.parse(await Promise.race([started.firstLine, neverReady(ended)])) as ReadyLine;
  const [uiOrigin = '', key = ''] = ready.uiUrl.split('/#key=');

  const post: BrowserHost['post'] = (method, body, headers = {}) =>
    fetch(`${uiOrigin}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body,
    });
  const stop: BrowserHost['stop'] = async (signal = 'SIGTERM') => {
    started.child.kill(signal);
    return ended;
  };

  return {
    ready,
    pid: started.child.pid as number,
    dataDir,
    home,
    uiOrigin,
    key,
    post,
    stop,
    ended,
    logged: started.logged,
    async api<M extends MethodName>(method: M, params?: Params<M>): Promise<Result<M>> {
      const response = await post(method, JSON.stringify(params ?? {}));
      const answer = await response.json();
      if (!response.ok) throw new MethodFailed(response.status, failure.parse(answer).error);
      return methods[method].result.parse(answer) as Result<M>;
    },
    events: () => openEventStream(uiOrigin, key),
    client: (token = ready.grant?.token ?? '', info) =>
      connectClient(ready.mcpUrl, token, { ...(info && { info }) }),
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
    },
  };
}

/** Runs the host to its end, for starts that are meant to fail. */
export function runBrowserHost(args: string[], options: Omit<HostOptions, 'args'> = {}): Promise<Ended> {
  return launchBrowserHost(args, options).ended;
}

/** A host with just these arguments, which may or may not get ready. */
export function launchBrowserHost(
  args: string[],
  { env, program = [PROGRAM], stderr: target }: HostOptions = {},
) {
  const child = spawn(process.execPath, [...program, ...args], {
    env: { ...process.env, ...AWAY_FROM_THE_MACHINE, ...env },
    stdio: ['ignore', 'pipe', target ?? 'pipe'],
  });
  // A test run that ends early must not leave a host behind.
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const stdout = follow(child.stdout as Readable);
  const stderr = follow(child.stderr ?? Readable.from([]));
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    process.off('exit', kill);
    return { code, signal, stdout: stdout.said(), stderr: stderr.said() };
  });
  return {
    child,
    ended,
    firstLine: stdout.contains('\n').then(() => stdout.said().split('\n')[0] as string),
    /** Resolve once standard output, or the log, contains `part`. */
    printed: stdout.contains,
    logged: stderr.contains,
  };
}

/** No keyring and no notification daemon of the person who runs the tests. */
const AWAY_FROM_THE_MACHINE: Record<string, string | undefined> = {
  GREENLIGHT_SECRETS: 'file',
  GREENLIGHT_HOME: undefined,
  XDG_CONFIG_HOME: undefined,
  XDG_RUNTIME_DIR: undefined,
  DBUS_SESSION_BUS_ADDRESS: undefined,
  DISPLAY: undefined,
  WAYLAND_DISPLAY: undefined,
};

async function neverReady(ended: Promise<Ended>): Promise<never> {
  const { code, signal, stdout, stderr } = await ended;
  throw new Error(`The host ended (${signal ?? code}) before it was ready.\n${stdout}\n${stderr}`);
}

function follow(stream: Readable) {
  let text = '';
  const waiting = new Set<() => void>();
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    for (const check of waiting) check();
  });
  return {
    said: () => text,
    contains: (part: string) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (!text.includes(part)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
