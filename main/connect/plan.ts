/** Works out what a change to a client's configuration would be, and says it in words. */
import { type Access, type ClientConfig, type ConnectClient, entryName } from './client.ts';
import { type Change, editConfig, parseConfig } from './document.ts';
import { type ConfigFile, ownersPart } from './files.ts';
import type { Place } from './places.ts';
import { canTakeOver, isDirect, type Server, serversOf, type TakenUpstream, upstreamOf } from './servers.ts';

/** The change to one file: the text after it, the direct entries taken over and left in it, and what it replaces. */
export interface Plan {
  after: string;
  takenOver: Server[];
  left: Server[];
  replaced: Server[];
}

/** The change that enters Greenlight; with `takeOver`, in the place of what reaches Luma directly. */
export function planOf(
  client: ConnectClient,
  config: ClientConfig,
  file: ConfigFile,
  access: Access,
  takeOver: boolean,
): Plan {
  const text = file.found?.text ?? '';
  const servers = serversIn(file, config);
  const at = [config.servers, entryName];
  const isOurs = (server: Server) => isOurPlace(server.at);
  const direct = servers.filter(isDirect);
  const takenOver = takeOver ? direct.filter((server) => canTakeOver(server) || isOurs(server)) : [];
  const removed = takenOver.filter((server) => !isOurs(server));
  const changes: Change[] = removed.map((server) => ({ at: server.at }));
  changes.push({ at, value: client.entry(access) });
  return {
    after: editConfig(config.format, text, file.path, changes),
    takenOver,
    left: direct.filter((server) => !takenOver.includes(server)),
    replaced: [...removed, ...servers.filter(isOurs)],
  };
}

/** The servers in `file`. Throws a UserFacingError when it cannot be read. */
export function serversIn(file: ConfigFile, config: ClientConfig): Server[] {
  return file.found ? serversOf(parseConfig(config.format, file.found.text, file.path), config) : [];
}

/** Whether `at` is where Greenlight's own entry goes. */
export const isOurPlace = (at: readonly string[]) => at.length === 2 && at[1] === entryName;

/**
 * What the entries taken over reached Luma with: the first that has all it needs, or else the first; and, in words, what
 * goes where. `reached`: Greenlight reaches Luma already, so what lacks a token does not take the place of that.
 */
export function upstreamIn(
  { takenOver }: Plan,
  env: Place['env'],
  reached = false,
): { upstream?: TakenUpstream; notes: string[]; secrets: boolean } {
  const found = takenOver.map((server) => ({ server, ...upstreamOf(server, env) }));
  const complete = found.find(
    ({ upstream, missing }) =>
      missing.length === 0 && (upstream.kind === 'stdio' || upstream.token !== undefined),
  );
  const chosen = complete ?? (reached ? undefined : found[0]);
  const notes = found.map((entry) =>
    entry === chosen
      ? aboutChosen(entry)
      : `“${entry.server.name}” goes out of this file; nothing of it is kept but the backup. ${
          chosen
            ? `Greenlight reaches Luma with what “${chosen.server.name}” has.`
            : `${lacking(entry)} Greenlight goes on with the upstream and the token that it has.`
        }`,
  );
  // Whoever reads the backup has them, whatever was chosen.
  const secrets = found.some(({ upstream }) =>
    upstream.kind === 'http' ? upstream.token !== undefined : Object.keys(upstream.env).length > 0,
  );
  return { ...(chosen && { upstream: chosen.upstream }), notes, secrets };
}

interface Found {
  server: Server;
  upstream: TakenUpstream;
  missing: string[];
}

function aboutChosen(entry: Found): string {
  const { server, upstream, missing } = entry;
  const start = `“${server.name}” goes out of this file. From then on`;
  const lacks = missing.length > 0 || (upstream.kind === 'http' && upstream.token === undefined);
  const need = lacks
    ? ` ${lacking(entry)} ${missing.length > 0 ? 'Enter it' : 'Sign in, or enter a token,'} in Settings: until then nothing reaches Luma.`
    : '';
  if (upstream.kind === 'http') {
    return `${start} Greenlight reaches ${upstream.url}${
      lacks ? '.' : ' with the token that is there, and keeps it with its secrets.'
    }${need}`;
  }
  const names = Object.keys(upstream.env).join(', ');
  return `${start} Greenlight starts “${[upstream.command, ...upstream.args].join(' ')}”${
    names ? ` with ${names}, whose values it keeps with its secrets` : ''
  }.${need}`;
}

/** Why there is no token in an entry. */
function lacking({ server, upstream, missing }: Found): string {
  if (upstream.kind === 'http' && missing.length === 0) {
    return `“${server.name}” holds no token: its client signs in by itself, and what it was given is not for Greenlight.`;
  }
  return missing.length === 0
    ? ''
    : `In “${server.name}”, ${missing.join(', ')} is not written out: it is named by a variable that Greenlight cannot see, or comes from elsewhere.`;
}

/** What to know about entries that go on reaching Luma directly. */
export function aboutLeft(left: Server[], takeOver: boolean): string[] {
  return left.map(({ name }) =>
    takeOver
      ? `“${name}” stays in this file and reaches Luma past Greenlight, where no policy applies: it does so in a way that ` +
        'Greenlight cannot take over. Take it out by hand.'
      : `“${name}” in this file still reaches Luma past Greenlight, where no policy applies.`,
  );
}

/** Whether others on the computer may read `file`, or write to it. Windows says that in another way. */
export function letsOthersIn({ found }: ConfigFile, platform: Place['platform']): boolean {
  return platform !== 'win32' && found !== undefined && ownersPart(found.mode) !== found.mode;
}

/** What to know about a file that is elsewhere. */
export function aboutLink({ path, target }: ConfigFile): string[] {
  return target === path
    ? []
    : [`${path} is a link; what is changed is the file that it leads to, ${target}.`];
}

/** What to know about the mode of a file that is to hold a token. */
export function aboutMode(file: ConfigFile, platform: Place['platform']): string[] {
  if (!letsOthersIn(file, platform)) return [];
  const mode = (file.found?.mode ?? 0).toString(8).padStart(4, '0');
  return [
    `Others on this computer could get at ${file.path} (mode ${mode}). It holds a token from now on, so it becomes ` +
      'a file for you only; undoing gives it its mode back.',
  ];
}

/** What to paste by hand. */
export function snippetFor(client: ConnectClient, access: Access): string {
  if (client.snippet) return client.snippet(access);
  const { format = 'json', servers = 'mcpServers' } = client.config ?? client.written ?? {};
  return editConfig(format, '', client.name, [
    { at: [servers, entryName], value: client.entry(access) },
  ]).trim();
}
