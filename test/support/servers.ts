/** More servers than luma before a core of a test. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { onTestFinished } from 'vitest';
import { createApi } from '../../main/api/api.ts';
import type { Grant } from '../../main/ledger/grants.ts';
import type { UpstreamSecrets } from '../../main/upstream/create.ts';
import type { MethodName, Params, Result } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import { connectClient } from './client.ts';
import { connectOf } from './connect.ts';
import { startGreenlight, type TestGreenlight, type TestGreenlightOptions } from './greenlight.ts';

/** A policy for `server` that lets every call through, with `more` in it. */
export const allowAllOn = (server: string, more: { [name: string]: Json } = {}): Json => ({
  version: '1',
  server,
  default: 'allow',
  // What is sent beside the arguments is spoken of, so it is not asked about.
  all_tools: { deny_if: [{ path: 'also', op: 'eq', value: 'nothing is this' }] },
  tools: {},
  ...more,
});

/** Adds the server `id` with `policy`, by default one that lets every call through; where it is found. */
export async function addServer(
  { core }: TestGreenlight,
  id: string,
  upstream: UpstreamSettings | string,
  { policy = allowAllOn(id), secrets = {} }: { policy?: Json; secrets?: UpstreamSecrets } = {},
): Promise<string> {
  const saved = core.policies.save({ name: `Of ${id}`, document: policy });
  if ('errors' in saved) throw new Error(JSON.stringify(saved.errors));
  const server = await core.servers.add({
    id,
    name: id.toUpperCase(),
    upstream: typeof upstream === 'string' ? { kind: 'http', url: upstream } : upstream,
    secrets,
    policyId: saved.id,
  });
  await server.connection.refresh();
  return core.mcpUrlOf(id);
}

/** Lets `grant` use these servers, each with its default policy. */
export function useServers({ core }: TestGreenlight, grant: Grant, ...ids: string[]): void {
  core.grants.update(grant.id, { servers: new Map(ids.map((id) => [id, undefined])) });
}

/** Connects the SDK's client to a server, until the test ends. */
export async function connectTo({ core }: TestGreenlight, server: string, token: string): Promise<Client> {
  const client = await connectClient(core.mcpUrlOf(server), token);
  onTestFinished(() => client.close());
  return client;
}

/** A core with its API, until the test ends or `stop` is called. */
export interface WithApi extends TestGreenlight {
  call<M extends MethodName>(method: M, params?: Params<M>): Promise<Result<M>>;
  /** What windows were told to ask for again. */
  changes: string[];
}

/** Starts a core in `dataDir`, with its API. */
export async function startWithApi(dataDir: string, options: TestGreenlightOptions = {}): Promise<WithApi> {
  const started = await startGreenlight({ dataDir, policy: null, ...options });
  const api = createApi(started.core, 'browser', connectOf(started.core, dataDir));
  const changes: string[] = [];
  api.subscribe((event, data) => {
    if (event === 'changed' && 'what' in data) changes.push(data.what);
  });
  let stopped = false;
  const stop = async () => {
    if (!stopped) await started.stop();
    stopped = true;
  };
  onTestFinished(stop);
  return {
    ...started,
    stop,
    changes,
    call: (method, params) => api.call(method, params ?? {}) as Promise<never>,
  };
}
