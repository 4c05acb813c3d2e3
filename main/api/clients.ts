import packageJson from '../../package.json' with { type: 'json' };
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { compact } from '../base/compact.ts';
import type { Time } from '../base/ports.ts';
import { createBundle } from '../connect/bundle.ts';
import type { TakenUpstream } from '../connect/connect.ts';
import type { Grant } from '../ledger/grants.ts';
import { holdAtConnecting } from '../ledger/hold.ts';
import { readUpstreamSecrets } from '../upstream/secrets.ts';
import type { ApiParts, Handlers } from './parts.ts';
import { checkPolicy } from './policies.ts';
import { setUpstream } from './upstream.ts';

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
  | 'connect.targets'
  | 'connect.preview'
  | 'connect.apply'
  | 'connect.bundle'
  | 'connect.undo'
> {
  const { core, views, connect, changed } = parts;
  const { grants, policies, settings, clock, log, gate, allowances, mcpUrl } = core;

  const viewAll = async (asked: Grant[], signal?: AbortSignal) => {
    const since = midnight(clock);
    const calls = await log.ask('calls', { grants: asked.map(({ id }) => id), since }, signal);
    const { defaultPolicyId, holdSeconds } = settings.get();
    return asked.map((grant) =>
      views.client(
        grant,
        { policyId: defaultPolicyId, holdSeconds },
        {
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

  /** Whether there is an upstream that needs nothing from a client's entry. */
  const reachesLuma = async () => {
    const { upstream } = settings.get();
    if (upstream.kind === 'sandbox') return false;
    const kept = await readUpstreamSecrets(upstream, core.secrets).catch(() => undefined);
    return kept?.token !== undefined || Object.keys(kept?.env ?? {}).length > 0;
  };

  return {
    'clients.list': async (_none, signal) => ({ clients: await viewAll(grants.list(), signal) }),
    'clients.create'({ label, policyId }) {
      checkPolicy(policies, policyId);
      const { grant, token } = grants.create(label, policyId);
      const followsDefault = grant.policyId === undefined;
      return {
        id: grant.id,
        label,
        token,
        mcpUrl,
        policyId: grant.policyId ?? settings.get().defaultPolicyId,
        followsDefault,
      };
    },
    async 'clients.update'({ id, ...change }) {
      checkPolicy(policies, change.policyId);
      checkPolicy(policies, change.watchedPolicyId);
      if (!grants.update(id, compact(change))) throw known(id);
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
      return { id, token, mcpUrl };
    },
    'connect.targets': () => ({
      targets: connect.targets(mcpUrl, (grant) => grants.get(grant)?.lastUsedAt !== undefined),
    }),
    'connect.preview': async ({ target, takeOver = true, name }) =>
      connect.preview(target, compact({ mcpUrl, takeOver, name, reached: await reachesLuma() })),
    async 'connect.apply'({ target, takeOver = true }) {
      const label = connect.targets(mcpUrl).find(({ id }) => id === target)?.name ?? target;
      const reached = await reachesLuma();
      const { grant, token } = grants.create(label, undefined);
      try {
        const holdSeconds = holdAtConnecting(target);
        if (holdSeconds !== undefined) grants.update(grant.id, { holdSeconds });
        const { upstream, replacedGrant, ...applied } = connect.apply(target, {
          mcpUrl,
          token,
          grant: grant.id,
          takeOver,
          reached,
        });
        if (upstream) await takeOverUpstream(upstream, () => connect.undo(target));
        // Its token stood where the new one stands now; nobody has it any more.
        if (replacedGrant !== undefined) grants.revoke(replacedGrant);
        changed('outside');
        return { ...applied, clientId: grant.id };
      } catch (error) {
        grants.revoke(grant.id);
        throw error;
      }
    },
    'connect.bundle': () => ({
      filename: 'greenlight.mcpb',
      content: createBundle(mcpUrl, packageJson.version).toString('base64'),
    }),
    'connect.undo'({ target }) {
      const { path, grant } = connect.undo(target);
      if (grant !== undefined) grants.revoke(grant);
      changed('outside');
      return { path };
    },
  };

  /** The client's own way to Luma becomes Greenlight's; when that fails the client's file is put back. */
  async function takeOverUpstream(upstream: TakenUpstream, undo: () => void): Promise<void> {
    try {
      await setUpstream(parts, upstream.kind === 'http' ? compact(upstream) : upstream);
    } catch (error) {
      undo();
      throw error;
    }
  }
}

/** When today began, by the wall clock and its zone. */
function midnight(clock: Time): number {
  return clock.fromWall(new Date(clock.toWall(clock.now())).setHours(0, 0, 0, 0));
}
