import packageJson from '../../package.json' with { type: 'json' };
import { LUMA } from '../../shared/server-id.ts';
import { compact } from '../base/compact.ts';
import { type TakeBack, takeAllBack } from '../base/take-back.ts';
import { createBundle } from '../connect/bundle.ts';
import type { Grant } from '../ledger/grants.ts';
import { holdAtConnecting } from '../ledger/hold.ts';
import { readUpstreamSecrets } from '../upstream/secrets.ts';
import type { ApiParts, Handlers } from './parts.ts';
import { findInClients, foresee, type TakenServers, takeServers } from './protect.ts';
import { serverView } from './servers.ts';
import { given, setUpstream } from './upstream.ts';

export function connectHandlers(
  parts: ApiParts,
): Pick<
  Handlers,
  | 'connect.targets'
  | 'connect.preview'
  | 'connect.apply'
  | 'connect.found'
  | 'connect.take'
  | 'connect.bundle'
  | 'connect.undo'
> {
  const { core, connect, changed } = parts;
  const { grants, settings, mcpUrl } = core;

  const has = (server: string) => core.servers.get(server) !== undefined;

  /** Whether there is an upstream that needs nothing from a client's entry. */
  const reachesLuma = async () => {
    const { upstream } = settings.get();
    if (upstream.kind === 'sandbox') return false;
    const kept = await readUpstreamSecrets(upstream, core.secrets).catch(() => undefined);
    const { token, signedIn, env = {} } = kept ?? {};
    return token !== undefined || signedIn !== undefined || Object.keys(env).length > 0;
  };

  return {
    'connect.targets': () => ({
      targets: connect.targets(mcpUrl, (grant) => grants.get(grant)?.lastUsedAt !== undefined, has),
    }),
    'connect.preview': async ({ target, takeOver = true, protect = [], name }) =>
      connect.preview(
        target,
        compact({
          mcpUrl,
          takeOver,
          protect: await foresee(core, connect.protectable(target, mcpUrl, protect), protect),
          name,
          reached: await reachesLuma(),
          has,
        }),
      ),
    async 'connect.apply'({ target, takeOver = true, protect = [] }) {
      const reached = await reachesLuma();
      // An entry for a server that is gone is none for one that is added now, under its name.
      const before = new Set(core.servers.list().map(({ id }) => id));
      const taken = await takeServers(core, connect.protectable(target, mcpUrl, protect), protect);
      const undo: TakeBack[] = [taken.takeBack];
      try {
        const options = {
          mcpUrl,
          takeOver,
          protect: taken.protecting,
          reached,
          has: (id: string) => before.has(id),
        };
        // Whether it can be done at all, before a token that stands there is worth nothing any more.
        connect.preview(target, options);
        const access = accessFor(parts, target, taken, (step) => undo.push(step));
        const { upstream, replacedGrant, takeBack, ...applied } = connect.apply(target, {
          ...options,
          token: access.token,
          grant: access.grant,
        });
        undo.push(takeBack);
        // The client's own way to Luma becomes Greenlight's.
        if (upstream) await setUpstream(parts, given(upstream));
        // Its token stood where the new one stands now; nobody has it any more.
        if (replacedGrant !== undefined) grants.revoke(replacedGrant);
        changed('outside');
        return { ...applied, clientId: access.grant };
      } catch (error) {
        await takeAllBack(undo, core.logger);
        throw error;
      }
    },
    'connect.found': async () => ({ servers: await findInClients(parts) }),
    async 'connect.take'({ target, at }) {
      const { ids } = await takeServers(core, connect.protectable(target, mcpUrl, [at]), [at]);
      return serverView(core, ids[0] ?? LUMA);
    },
    'connect.bundle': () => ({
      filename: 'greenlight.mcpb',
      content: createBundle(mcpUrl, packageJson.version).toString('base64'),
    }),
    'connect.undo'({ target }) {
      const { grant, ...undone } = connect.undo(target);
      if (grant !== undefined) grants.revoke(grant);
      changed('outside');
      return undone;
    },
  };
}

/**
 * The grant and the token that the entries in the client's file get. Where servers are protected, a client that is
 * connected keeps its grant, and its token where that still stands in its file; else it gets another grant, with all that
 * the person chose for the one before. Each step back goes to `done`.
 */
function accessFor(
  parts: ApiParts,
  target: string,
  { ids }: TakenServers,
  done: (step: () => void) => void,
): { grant: string; token: string } {
  const { core, connect } = parts;
  const { grants, mcpUrl } = core;
  const standing = connect.entered(target, mcpUrl);
  const known = standing.grant === undefined ? undefined : grants.get(standing.grant);
  const before = known?.revokedAt === undefined ? known : undefined;
  if (before && ids.length > 0) {
    const { id, servers } = before;
    grants.update(id, { servers: withServers(servers, ids) });
    done(() => void grants.update(id, { servers }));
    const { token = '' } = standing;
    if (grants.findByToken(token)?.id === id) return { grant: id, token };
    const exchanged = grants.exchange(id);
    if (exchanged) {
      done(exchanged.takeBack);
      return { grant: id, token: exchanged.token };
    }
  }
  const first = [LUMA, ...standing.servers.filter((id) => core.servers.get(id))];
  const servers = withServers(before?.servers ?? withServers(new Map(), first), ids);
  const label = before?.label ?? connect.targets(mcpUrl).find(({ id }) => id === target)?.name ?? target;
  const { grant, token } = grants.create(label, servers);
  done(() => void grants.revoke(grant.id));
  keepChoices(parts, target, grant.id, before);
  return { grant: grant.id, token };
}

/** What the person chose for the client's grant `before` is so for its next one. */
function keepChoices(
  { core: { grants, allowances } }: ApiParts,
  target: string,
  id: string,
  before: Grant | undefined,
): void {
  const { watchedPolicyId, holdSeconds = holdAtConnecting(target) } = before ?? {};
  grants.update(id, {
    ...(watchedPolicyId !== undefined && { watchedPolicyId }),
    ...(holdSeconds !== undefined && { holdSeconds }),
  });
  const until = before && allowances.blockedUntil(before.id);
  if (until !== undefined) allowances.block(id, until === Number.POSITIVE_INFINITY ? undefined : until);
}

/** `servers` and `ids`; those that come have their default policies. */
function withServers(servers: Grant['servers'], ids: readonly string[]): Grant['servers'] {
  const added = ids.filter((id) => !servers.has(id));
  return new Map([...servers, ...added.map((id) => [id, undefined] as const)]);
}
