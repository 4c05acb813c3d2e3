/** Greenlight's browser host as the bench starts it. */
import { get } from 'node:http';
import { join } from 'node:path';
import { hostEnvironment, hostOptions } from '../../../main/browser/host-options.ts';
import { buildIfStale } from '../../../scripts/build-if-stale.ts';
import type { MethodName, Params, Result } from '../../../shared/contract.ts';
import { ROOT } from './folders.ts';
import { type Program, startProgram } from './program.ts';

/** Another build of the browser host than the project's, in the form of its file. */
const OTHER_BUILD = process.env.GREENLIGHT_HOST_UNDER_TEST;

/** Builds the host that is measured from the sources as they are, unless another one is. */
export async function buildHost(): Promise<void> {
  if (OTHER_BUILD === undefined) await buildIfStale(ROOT, 'browser');
}

/** A host that is ready. */
export interface Host {
  readonly program: Program;
  readonly port: number;
  /** Asks its API as a window does. Rejects with what it says. */
  api<M extends MethodName>(method: M, params?: Params<M>): Promise<Result<M>>;
  /** Opens the event stream of a window and reads what comes; resolves with its end. */
  openWindow(): Promise<() => void>;
}

/** What the calls of the bench are judged by: a condition, a limit of cost and one of calls; nobody is asked. */
export const POLICY = {
  version: '1',
  default: 'deny',
  costs: { luma_generate_video: 0.4 },
  all_tools: {
    limits: [{ counter: 'spend', window: 'day', max: 1e12, increment_from: 'cost', scope: 'all' }],
  },
  tools: Object.fromEntries(
    ['luma_get_task', 'luma_generate_video'].map((tool) => [
      tool,
      {
        deny_if: [{ path: 'args.callback_url', op: 'exists', value: true }],
        limits: [{ counter: 'calls', window: 'minute', max: 1e9 }],
      },
    ]),
  ),
};

/** How a host is started. */
export interface HostOptions {
  /** Its data directory. */
  dataDir: string;
  /** Options of Node before the program. */
  nodeOptions?: readonly string[];
  /** The built host; the project's by default. */
  built?: string;
}

/** Starts a host on free ports, away from the machine's keyring and desktop, and waits until it listens. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { dataDir, nodeOptions = [], built = OTHER_BUILD ?? join(ROOT, 'out/browser/index.js') } = options;
  const program = startProgram(
    'proxy',
    [
      ...[process.execPath, ...hostOptions, ...nodeOptions, built],
      ...['--json', '--no-open', '--port', '0', '--ui-port', '0', '--home', dataDir],
    ],
    {
      env: {
        ...hostEnvironment,
        GREENLIGHT_SECRETS: 'file',
        GREENLIGHT_HOME: undefined,
        LOG_LEVEL: 'error',
        HOME: join(dataDir, '..'),
        XDG_CONFIG_HOME: undefined,
        DBUS_SESSION_BUS_ADDRESS: undefined,
        DISPLAY: undefined,
        WAYLAND_DISPLAY: undefined,
      },
    },
  );
  const { mcpUrl, uiUrl } = JSON.parse(await program.firstLine) as { mcpUrl: string; uiUrl: string };
  const { origin, hash } = new URL(uiUrl);
  const headers = { authorization: `Bearer ${hash.slice('#key='.length)}` };
  return {
    program,
    port: Number(new URL(mcpUrl).port),
    async api<M extends MethodName>(method: M, params?: Params<M>): Promise<Result<M>> {
      const answer = await fetch(`${origin}/api/${method}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(params ?? {}),
      });
      const body = await answer.text();
      if (!answer.ok) throw new Error(`${method}: ${answer.status} ${body.slice(0, 500)}`);
      return JSON.parse(body) as Result<M>;
    },
    openWindow: () =>
      new Promise((resolve, reject) => {
        const request = get(`${origin}/api/events`, { headers }, (response) => {
          response.resume();
          if (response.statusCode === 200) resolve(() => request.destroy());
          else reject(new Error(`The window's event stream was refused (${response.statusCode}).`));
        });
        request.on('error', reject);
      }),
  };
}

/** Where a client connects, and as whom. */
export interface Access {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sets `upstream` and a policy, and makes a client that follows it. */
export async function prepareHost(
  host: Host,
  upstream: Params<'upstream.set'>,
  policy: object = POLICY,
): Promise<Access & { policyId: string }> {
  // A seeded home was written by nobody who had its keys: it is blocked until somebody chooses.
  await host.api('guard.set', { mode: 'policy' });
  const { status, message } = await host.api('upstream.set', upstream);
  if (status !== 'connected') throw new Error(`The upstream is ${status}. ${message ?? ''}`);
  const saved = await host.api('policies.save', { name: 'Bench', document: policy as never });
  if ('errors' in saved) throw new Error(`The policy is refused: ${JSON.stringify(saved.errors)}`);
  const { token } = await host.api('clients.create', { label: 'Bench', policyId: saved.id });
  return {
    port: host.port,
    path: '/mcp',
    headers: { authorization: `Bearer ${token}` },
    policyId: saved.id,
  };
}
