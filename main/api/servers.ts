import type { ParsedParams, Server as ServerView } from '../../shared/contract.ts';
import { compact } from '../base/compact.ts';
import { takeAllBack } from '../base/take-back.ts';
import { checkName, type NewServer } from '../servers/servers.ts';
import { findServer } from './find-server.ts';
import type { ApiParts, Handlers } from './parts.ts';
import { checkPolicy, firstPolicyOf } from './policies.ts';
import { typed } from './upstream.ts';

export function serverHandlers(
  parts: ApiParts,
): Pick<Handlers, 'servers.list' | 'servers.add' | 'servers.update' | 'servers.remove' | 'servers.test'> {
  const { core } = parts;
  const { servers, policies } = core;

  const viewOf = (id: string) => serverView(core, id);

  async function add({ name, id, policyId, ...params }: ParsedParams<'servers.add'>): Promise<ServerView> {
    const [upstream, secrets] = typed(params, undefined);
    const added = await addServer(core, { name, id, policyId, upstream, secrets });
    await servers.get(added.id)?.connection.refresh();
    return viewOf(added.id);
  }

  return {
    'servers.list': () => ({ servers: servers.list().map(({ id }) => viewOf(id)) }),
    'servers.add': add,
    async 'servers.update'({ id, name, policyId, ...params }) {
      const { settings } = findServer(core, id);
      checkName(settings, name);
      checkPolicy(policies, policyId, id);
      const [upstream, secrets] = 'kind' in params ? typed(params, settings.upstream) : [];
      await servers.update(id, { name, policyId, upstream, secrets });
      if (name !== undefined || policyId !== undefined) {
        core.settingsChanged();
        parts.changed('settings');
      }
      if ('kind' in params) await servers.get(id)?.connection.refresh();
      return viewOf(id);
    },
    async 'servers.remove'({ id }) {
      findServer(core, id);
      await servers.remove(id);
      return { done: true };
    },
    async 'servers.test'({ id }) {
      await findServer(core, id).server.connection.refresh();
      return viewOf(id);
    },
  };
}

export function serverView(core: ApiParts['core'], id: string): ServerView {
  const { server, settings } = findServer(core, id);
  const { connection } = server;
  const { kind, status, message, tools } = connection.status();
  return compact({
    id,
    name: settings.name,
    kind,
    url: core.mcpUrlOf(id),
    status,
    message,
    tools,
    changedTools: connection.tools().filter(({ name }) => connection.change(name)).length,
    policyId: settings.policyId,
    settings: settings.upstream,
  });
}

/** Adds a server, with a policy of its own where it is given none. `takeBack` makes all as it was, and never throws. Throws a {@link UserFacingError}. */
export async function addServer(
  { servers, policies, logger }: ApiParts['core'],
  { policyId, ...server }: Omit<NewServer, 'policyId'> & { policyId?: string | undefined },
): Promise<{ id: string; takeBack(): Promise<void> }> {
  let made: string | undefined;
  const withoutPolicy = () => {
    if (made !== undefined) policies.delete(made);
  };
  const policyOf = (id: string) => {
    checkPolicy(policies, policyId, id);
    if (policyId !== undefined) return policyId;
    const first = firstPolicyOf(policies, { id, name: server.name });
    if (first.made) made = first.id;
    return first.id;
  };
  try {
    const { id } = await servers.add({ ...server, policyId: policyOf });
    return {
      id,
      takeBack: () => takeAllBack([withoutPolicy, () => servers.remove(id)], logger),
    };
  } catch (error) {
    await takeAllBack([withoutPolicy], logger);
    throw error;
  }
}
