import { LUMA } from '../../shared/server-id.ts';
import type { ServerSettings } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Greenlight } from '../greenlight.ts';
import type { Server } from '../servers/servers.ts';

/** The server `id` and how the settings have it; `luma` where none is named. Throws a {@link UserFacingError}. */
export function findServer(
  { servers }: Pick<Greenlight, 'servers'>,
  id: string = LUMA,
): { server: Server; settings: ServerSettings } {
  const [server, settings] = [servers.get(id), servers.settingsOf(id)];
  if (!server || !settings) throw new UserFacingError('not_found', `There is no server “${id}”.`);
  return { server, settings };
}

/** The policy that judges the calls of `grant` to the server `id`, and whether that is the server's default one. */
export function policyOn(
  { servers }: Pick<Greenlight, 'servers'>,
  grant: { servers: ReadonlyMap<string, string | undefined> },
  id: string,
): { policyId: string; followsDefault: boolean } {
  const own = grant.servers.get(id);
  return { policyId: own ?? servers.settingsOf(id)?.policyId ?? '', followsDefault: own === undefined };
}
