/**
 * The running core for tests: a real listener on a free port, a real database in a temporary folder, a
 * notifier that says that it is not there. Tests choose the clock, the upstream and the policy.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { ClientCapabilities } from '@modelcontextprotocol/sdk/types.js';
import { machineClock } from '../../main/base/machine-clock.ts';
import type { Network } from '../../main/base/network/network.ts';
import type { MachineClock, Notifier } from '../../main/base/ports.ts';
import { createGreenlight, type Greenlight } from '../../main/greenlight.ts';
import type { ApprovalRecord } from '../../main/ledger/approvals.ts';
import type { Grant } from '../../main/ledger/grants.ts';
import { openFileVault } from '../../main/secrets/file-vault.ts';
import { openConfSettings } from '../../main/settings/settings.ts';
import { keepUpstreamSecrets } from '../../main/upstream/secrets.ts';
import type { Json } from '../../shared/json.ts';
import type { Settings, UpstreamSettings } from '../../shared/settings.ts';
import { connectClient } from './client.ts';
import type { TestClock } from './clock.ts';
import { createTestLogger, type LogLine } from './log.ts';
import { direct } from './network.ts';
import { until } from './wait.ts';

/** A policy that lets every call through, whatever is sent beside the arguments. */
const allowAll: Json = {
  version: '1',
  default: 'allow',
  all_tools: { deny_if: [{ path: 'also', op: 'eq', value: 'nothing is this' }] },
  tools: {},
};
/** A policy that asks about every call, with `timeout` to answer. */
export const askAll = (timeout = '5m'): Json => ({
  version: '1',
  default: 'allow',
  all_tools: { require_approval: { timeout } },
  tools: {},
});

/** A notifier that is not there, as on a machine without a notification daemon. */
export const absentNotifier: Notifier = {
  status: () => ({ kind: 'none', working: false, message: 'There is no notification service.' }),
  show: () => Promise.reject(new Error('There is no notification service.')),
  close: async () => {},
};

export interface TestGreenlightOptions {
  /** A data directory that outlives this Greenlight; by default a temporary one that goes with it. */
  dataDir?: string;
  clock?: MachineClock;
  notifier?: Notifier;
  /** Where calls go: an upstream as in the settings, or the URL of an HTTP one. The sandbox by default. */
  upstream?: UpstreamSettings | string;
  /** Greenlight's own token for an HTTP upstream. */
  upstreamToken?: string;
  /** The policy of all grants that name none; by default every call is allowed. `null` keeps the preset. */
  policy?: Json | null;
  settings?: Partial<Settings>;
  /** How other machines are reached; without a proxy by default. */
  network?: Network;
  /** Whether secrets count as kept in a keyring; else they are in a file, where they are in truth. */
  keyring?: boolean;
}

/** A running core with one grant. */
export interface TestGreenlight {
  core: Greenlight;
  dataDir: string;
  /** What was logged so far. */
  logs: LogLine[];
  grant: Grant;
  token: string;
  /** The headers of a plain POST with the grant's token. */
  headers: Record<string, string>;
  /** Posts `message` (text as it is, anything else as JSON) with the grant's token. */
  post(message: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
  /** Connects the SDK's client, with the grant's token unless another is given. Closed by `stop`. */
  connect(options?: { token?: string; capabilities?: ClientCapabilities }): Promise<Client>;
  /** Puts `document` in force for all grants that name no policy. */
  usePolicy(document: Json): { id: string; version: number };
  /** Waits until an approval is pending and returns the oldest. */
  asked(): Promise<ApprovalRecord>;
  stop(): Promise<void>;
}

/** Starts a core. The caller stops it. */
export async function startGreenlight(options: TestGreenlightOptions = {}): Promise<TestGreenlight> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'greenlight-'));
  const logs: LogLine[] = [];
  const first = !existsSync(join(dataDir, 'greenlight.db'));
  const settings = await openConfSettings(dataDir);
  const { upstream: chosen } = options;
  const upstream = typeof chosen === 'string' ? ({ kind: 'http', url: chosen } as const) : chosen;
  // Later, what is written into the file waits for the person.
  if (first) settings.set({ ...settings.get(), ...(upstream && { upstream }), ...options.settings });
  const secrets = openFileVault(join(dataDir, 'secrets.json'), 'a file of a test');
  if (options.upstreamToken !== undefined)
    await keepUpstreamSecrets(upstream ?? settings.get().upstream, { token: options.upstreamToken }, secrets);
  const core = await createGreenlight({
    dataDir,
    settings,
    secrets: options.keyring ? { ...secrets, inFile: undefined } : secrets,
    notifier: options.notifier ?? absentNotifier,
    openWindow: () => {},
    clock: options.clock ?? machineClock,
    logger: createTestLogger(logs),
    network: options.network ?? direct,
    port: 0,
  });
  if (upstream && !isDeepStrictEqual(core.settings.get().upstream, upstream))
    await core.servers.useUpstream('luma', upstream, {});
  if (!first && options.settings !== undefined) {
    core.settings.set({ ...core.settings.get(), ...options.settings });
    core.settingsChanged();
  }
  const { grant, token } = core.grants.create('Test client');
  const clients: Client[] = [];
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };

  function usePolicy(document: Json): { id: string; version: number } {
    const id = 'under-test';
    const saved = core.policies.save({
      ...(core.policies.inForce(id) && { id }),
      name: 'Under test',
      document,
    });
    if ('errors' in saved) throw new Error(`Not a valid policy: ${JSON.stringify(saved.errors)}`);
    if (core.settings.get().defaultPolicyId !== saved.id) {
      core.settings.set({ ...core.settings.get(), defaultPolicyId: saved.id });
      core.settingsChanged();
    }
    return saved;
  }
  const policy = options.policy === undefined ? allowAll : options.policy;
  if (policy !== null) usePolicy(policy);

  return {
    core,
    dataDir,
    logs,
    grant,
    token,
    headers,
    post: (message, more = {}, signal) =>
      fetch(core.mcpUrl, {
        method: 'POST',
        headers: { ...headers, ...more },
        body: typeof message === 'string' ? message : JSON.stringify(message),
        ...(signal && { signal }),
      }),
    async connect({ token: other = token, capabilities = {} } = {}) {
      const client = await connectClient(core.mcpUrl, other, { capabilities });
      clients.push(client);
      return client;
    },
    usePolicy,
    async asked() {
      await until(() => core.approvals.pending().length > 0);
      return core.approvals.pending()[0] as ApprovalRecord;
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await core.stop();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Waits until the log has the end of every call: the last of them are written a moment later, by this clock. */
export async function allEnded({ core }: { core: Greenlight }, clock: TestClock): Promise<void> {
  await until(() => {
    clock.advance(5);
    return core.activity.unfinished().length === 0;
  });
}
