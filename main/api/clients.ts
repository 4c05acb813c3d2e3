import { LUMA } from '../../shared/server-id.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { compact } from '../base/compact.ts';
import type { Time } from '../base/ports.ts';
import type { Grant } from '../ledger/grants.ts';
import { findServer, policyOn } from './find-server.ts';
import type { ApiParts, Handlers } from './parts.ts';
import { checkPolicy } from './policies.ts';

export function clientHandlers(
  parts: ApiParts,
): Pick<
  Handlers,
  | 'clients.list'
  | 'clients.create'
  | 'clients.update'
  | 'clients.revoke'
  | 'clients.pause'
  | 'clients.resume'
  | 'clients.rotate'
> {
  const { core, views, changed } = parts;
  const { grants, policies, settings, clock, log, gate, allowances, mcpUrlOf } = core;

  const viewAll = async (asked: Grant[], signal?: AbortSignal) => {
    const since = midnight(clock);
    const calls = await log.ask('calls', { grants: asked.map(({ id }) => id), since }, signal);
    const { holdSeconds } = settings.get();
    return asked.map((grant) =>
      views.client(
        grant,
        [...grant.servers.keys()].map((id) => ({ id, ...policyOn(core, grant, id) })),
        {
          holdSeconds,
          callsToday: calls.get(grant.id) ?? 0,
          paused: allowances.blockedUntil(grant.id) === Number.POSITIVE_INFINITY,
        },
      ),
    );
  };
  const viewOne = async (id: string) => {
    const grant = active(id);
    const [client] = await viewAll([grant]);
    if (!client) throw known(id);
    return client;
  };
  const active = (id: string): Grant => {
    const grant = grants.get(id);
    if (grant?.revokedAt !== undefined || !grant) throw known(id);
    return grant;
  };
  const known = (id: string): UserFacingError =>
    new UserFacingError(
      'not_found',
      grants.get(id) ? 'This client was revoked.' : 'There is no such client.',
    );

  return {
    'clients.list': async (_none, signal) => ({ clients: await viewAll(grants.list(), signal) }),
    'clients.create'({ label, ...asked }) {
      const { grant, token } = grants.create(
        label,
        serversOf(core, { ...asked, servers: asked.servers ?? [LUMA] }),
      );
      const all = [...grant.servers.keys()].map((server) => ({
        id: server,
        mcpUrl: mcpUrlOf(server),
        ...policyOn(core, grant, server),
      }));
      const [{ mcpUrl, policyId, followsDefault } = noServer()] = all;
      return {
        id: grant.id,
        label,
        token,
        mcpUrl,
        policyId,
        followsDefault,
        servers: all.map(({ followsDefault: _, ...server }) => server),
      };
    },
    async 'clients.update'({ id, servers, policyId, policies: onServers, watchedPolicyId, ...change }) {
      const { servers: before } = active(id);
      const watched = watchedPolicyId ?? undefined;
      if (watched !== undefined)
        checkPolicy(policies, watched, policies.inForce(watched)?.policy.server ?? LUMA);
      const asks = servers !== undefined || policyId !== undefined || onServers !== undefined;
      const next = asks
        ? serversOf(core, { servers: servers ?? [...before.keys()], policyId, policies: onServers }, before)
        : undefined;
      if (!grants.update(id, compact({ ...change, watchedPolicyId, servers: next }))) throw known(id);
      return viewOne(id);
    },
    'clients.revoke'({ id }) {
      if (!grants.revoke(id)) throw known(id);
      return { done: true };
    },
    'clients.pause'({ id }) {
      gate.pause(active(id).id);
      changed('clients');
      return viewOne(id);
    },
    'clients.resume'({ id }) {
      gate.resume(active(id).id);
      changed('clients');
      return viewOne(id);
    },
    'clients.rotate'({ id }) {
      const token = grants.rotate(id);
      if (token === undefined) throw known(id);
      const first = [...active(id).servers.keys()].find((server) => core.servers.get(server)) ?? LUMA;
      return { id, token, mcpUrl: mcpUrlOf(first) };
    },
  };
}

/**
 * The servers that a grant is to be for, with a policy of its own where that is asked for, or was so `before`; `null`:
 * back to the default one. Throws a {@link UserFacingError}.
 */
function serversOf(
  core: ApiParts['core'],
  {
    servers,
    policyId,
    policies = {},
  }: {
    servers: readonly string[];
    policyId?: string | null | undefined;
    policies?: Readonly<Record<string, string | null>> | undefined;
  },
  before: Grant['servers'] = new Map(),
): Grant['servers'] {
  const [first = LUMA] = servers;
  const own = new Map(Object.entries({ ...(policyId !== undefined && { [first]: policyId }), ...policies }));
  for (const server of own.keys()) {
    if (servers.includes(server)) continue;
    throw new UserFacingError(
      'invalid',
      `A policy is given for the server “${server}”, which the client may not use. Name it under "servers", too.`,
    );
  }
  return new Map(
    servers.map((server) => {
      // One that is gone with the settings comes back with them; until then it is kept as it was.
      if (before.has(server) && !own.has(server) && !core.servers.get(server))
        return [server, before.get(server)];
      findServer(core, server);
      const policy = own.has(server) ? (own.get(server) ?? undefined) : before.get(server);
      checkPolicy(core.policies, policy, server);
      return [server, policy];
    }),
  );
}

function noServer(): never {
  throw new Error('a grant without a server');
}

/** When today began, by the wall clock and its zone. */
function midnight(clock: Time): number {
  return clock.fromWall(new Date(clock.toWall(clock.now())).setHours(0, 0, 0, 0));
}
