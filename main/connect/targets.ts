/** How each client stands: whether it is there, connected, and what servers it has. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectTarget } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { ConnectClient } from './client.ts';
import { readConfigFile } from './files.ts';
import { foundServers, type Looked } from './found.ts';
import type { Place } from './places.ts';
import { letsOthersIn, serversIn } from './plan.ts';
import type { Records } from './record.ts';
import { isDirect, isGreenlight, isOff, ledTo } from './servers.ts';

/**
 * How `client` stands, and the servers in its file. A configuration that cannot be read is told in its `note`. `seen`:
 * whether a grant's client came; `has`: which servers there are.
 */
export function targetOf(
  client: ConnectClient,
  {
    place,
    records,
    mcpUrl,
    seen,
    has,
  }: {
    place: Place;
    records: Records;
    mcpUrl: string;
    seen: (grant: string) => boolean;
    has: (server: string) => boolean;
  },
): { target: ConnectTarget; looked: Looked[] } {
  const { id, name, config, form, bundle, note } = client;
  const answer: ConnectTarget = {
    id,
    name,
    detected: isInstalled(client, place),
    connected: false,
    direct: [],
    servers: [],
    undoable: false,
    ...(form ? { form } : {}),
    ...(bundle ? { bundle } : {}),
    ...(note ? { note } : {}),
  };
  let looked: Looked[] = [];
  if (!config) return { target: answer, looked };
  answer.path = config.path(place);
  try {
    const file = readConfigFile(answer.path);
    const servers = serversIn(file, config);
    const ours = servers.filter((server) => isGreenlight(server, mcpUrl));
    answer.connected = ours.some((server) => !isOff(server) && has(ledTo(server, mcpUrl) ?? LUMA));
    answer.direct = servers.filter(isDirect).map((server) => server.name);
    looked = foundServers(servers, config, place, mcpUrl);
    answer.servers = looked.map(({ shown }) => shown);
    const record = records.get(id);
    answer.undoable = record !== undefined;
    if (answer.connected && record?.grant && !seen(record.grant)) answer.todo = afterwards(client);
    if (ours.length > 0 && letsOthersIn(file, place.platform)) {
      answer.note = `Others on this computer can get at ${file.path}, which holds a token. Connect again to make it a file for you only.`;
    }
  } catch (error) {
    if (!(error instanceof UserFacingError)) throw error;
    answer.note = error.message;
  }
  return { target: answer, looked };
}

/** What the person does after the change. */
export function afterwards({ name, afterwards: own }: ConnectClient): string {
  return own ?? `Start ${name} again if it is running.`;
}

function isInstalled({ signs }: ConnectClient, place: Place): boolean {
  if (signs.paths(place).some((path) => existsSync(path))) return true;
  const windows = place.platform === 'win32';
  const folders = (place.env.PATH ?? '').split(windows ? ';' : ':').filter((folder) => folder !== '');
  const endings = windows ? ['.exe', '.cmd'] : [''];
  return folders.some((folder) =>
    signs.commands.some((command) => endings.some((ending) => existsSync(join(folder, command + ending)))),
  );
}
