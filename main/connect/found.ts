/** The MCP servers that stand in a client's configuration, and which of them Greenlight can protect. */
import type { FoundServer } from '../../shared/contract.ts';
import { digest } from '../../shared/digest.ts';
import { pointer } from '../../shared/policy/paths.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { type ClientConfig, entryName } from './client.ts';
import { isOurPlace, type Protectable } from './plan.ts';
import type { Surroundings } from './references.ts';
import { againstTakingOver, isDirect, isGreenlight, isOff, ledTo, type Server } from './servers.ts';
import { addressOf, isServer, type Understood, understand } from './understand.ts';

/** How long the name of a server may be. */
const LONGEST_NAME = 60;

/** By what an entry is named to others: where it stands, and that it is the one that was shown. */
function idOf({ at, value }: Server): string {
  return `${pointer(...at)}#${digest(value).slice(0, 16)}`;
}

/** How `server` is called without its project. */
const nameOf = ({ at }: Server) => at.at(-1) ?? '';

/** A server in a client's file: for people, and, where it can be put behind Greenlight, with what that needs. */
export interface Looked {
  shown: FoundServer;
  protectable?: Protectable & { server: Server };
}

/** Every server among `servers`. */
export function foundServers(
  servers: readonly Server[],
  config: ClientConfig,
  surroundings: Surroundings,
  mcpUrl: string,
): Looked[] {
  return servers.filter(isServer).map((server) => {
    const known = judge(server, config, surroundings, mcpUrl);
    const { is, refused } = known;
    const leads = ledTo(server, mcpUrl);
    return {
      shown: {
        at: idOf(server),
        name: nameOf(server),
        ...addressOf(server),
        luma: isDirect(server),
        greenlight: is === 'greenlight',
        ...(leads !== undefined && { server: leads }),
        ...(server.project !== undefined && { project: server.project }),
        ...(refused !== undefined && { refused }),
        ...(isOff(server) && { off: true }),
      },
      ...(known.as && { protectable: named(server, known.as) }),
    };
  });
}

/** What a server is to Greenlight. `refused`: why it stays as it is; `as`: how Greenlight would stand before it. */
interface Judged {
  is: 'greenlight' | 'luma' | 'other';
  refused?: string;
  as?: Understood;
}

function judge(server: Server, config: ClientConfig, surroundings: Surroundings, mcpUrl: string): Judged {
  if (isGreenlight(server, mcpUrl)) return { is: 'greenlight' };
  if (isDirect(server)) {
    const against = isOurPlace(server.at) ? undefined : againstTakingOver(server);
    return {
      is: 'luma',
      ...(against !== undefined && { refused: `It reaches Luma, and stays as it is: ${against}` }),
    };
  }
  if (isOurPlace(server.at))
    return {
      is: 'other',
      refused: `It is called “${entryName}”, as Greenlight’s own entry, which takes its place. Give it another name.`,
    };
  const known = understand(server, config, surroundings);
  return 'refused' in known ? { is: 'other', refused: known.refused } : { is: 'other', as: known };
}

const named = (server: Server, known: Understood) => ({
  ...known,
  name: nameOf(server).trim().slice(0, LONGEST_NAME) || 'server',
  server,
});

/**
 * The server among `servers` that was shown as `id`, and what Greenlight needs to stand before it. Throws a
 * {@link UserFacingError} where it is another one now, or is refused.
 */
export function protectableAs(
  id: string,
  servers: readonly Server[],
  config: ClientConfig,
  surroundings: Surroundings,
  mcpUrl: string,
): Protectable & { server: Server } {
  const server = servers.find((one) => idOf(one) === id);
  if (!server)
    throw new UserFacingError(
      'conflict',
      `The entry ${id.split('#')[0]} was changed by another program since it was shown. Nothing was changed; look at it again.`,
    );
  const { is, refused = WHY_NOT[is], as } = judge(server, config, surroundings, mcpUrl);
  if (!as)
    throw new UserFacingError('invalid', `“${nameOf(server)}” cannot be put behind Greenlight. ${refused}`);
  return named(server, as);
}

/** Why one that is not refused cannot be put behind Greenlight. */
const WHY_NOT = {
  greenlight: 'It is behind Greenlight already.',
  luma: 'It is a way to Luma, which is taken over, not added.',
  other: '',
};
