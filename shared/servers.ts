import { LUMA } from './server-id.ts';
import type { ServerSettings, Settings } from './settings.ts';

/** Every server, {@link LUMA} first. */
export function serversOf(
  settings: Pick<Settings, 'upstream' | 'defaultPolicyId' | 'servers'>,
): ServerSettings[] {
  return [lumaOf(settings), ...settings.servers];
}

function lumaOf({
  upstream,
  defaultPolicyId,
}: Pick<Settings, 'upstream' | 'defaultPolicyId'>): ServerSettings {
  return { id: LUMA, name: 'Luma', upstream, policyId: defaultPolicyId };
}

/** The server `id` as the settings have it; `undefined`: there is none. */
export function serverOf(
  settings: Pick<Settings, 'upstream' | 'defaultPolicyId' | 'servers'>,
  id: string,
): ServerSettings | undefined {
  return id === LUMA ? lumaOf(settings) : settings.servers.find((server) => server.id === id);
}

/** `settings` in which the server `id` is otherwise; what is absent of `change` stays as it is. */
export function withServer(
  settings: Settings,
  id: string,
  change: { [M in 'name' | 'policyId' | 'upstream']?: ServerSettings[M] | undefined },
): Settings {
  const changed = (server: ServerSettings): ServerSettings => ({
    id,
    name: change.name ?? server.name,
    policyId: change.policyId ?? server.policyId,
    upstream: change.upstream ?? server.upstream,
  });
  if (id === LUMA) {
    const { upstream, policyId } = changed(lumaOf(settings));
    return { ...settings, upstream, defaultPolicyId: policyId };
  }
  return {
    ...settings,
    servers: settings.servers.map((server) => (server.id === id ? changed(server) : server)),
  };
}
