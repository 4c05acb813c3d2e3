/** Works out what a change to a client's configuration would be, and says it in words. */
import type { Json, JsonObject } from '../../shared/json.ts';
import { type Access, type ClientConfig, type ConnectClient, entryName } from './client.ts';
import { type Change, editConfig, parseConfig } from './document.ts';
import { type ConfigFile, ownersPart } from './files.ts';
import { entryFor } from './own.ts';
import type { Place } from './places.ts';
import {
  againstTakingOver,
  canTakeOver,
  isDirect,
  type Server,
  serversOf,
  type TakenUpstream,
  upstreamOf,
} from './servers.ts';
import type { Stray } from './strays.ts';
import type { Understood } from './understand.ts';

/** A server of a client as it is to be kept. Its secrets go to the vault. */
export interface Protectable extends Understood {
  /** How it is called. */
  name: string;
}

/** A server of a client that goes behind Greenlight. */
export interface Protecting {
  /** As `connect.targets` names it. */
  at: string;
  /** The server of Greenlight's that it becomes, and where that is. */
  server: string;
  mcpUrl: string;
  /** What it is called there. */
  name: string;
  /** Whether Greenlight had it before. */
  known: boolean;
}

/** An entry that becomes one of Greenlight's, or is one and is written again. */
export interface Entering {
  at: readonly string[];
  server: string;
  mcpUrl: string;
  /** What stands there. */
  value: Json;
}

/** An entry of Greenlight's whose server is gone, and what stood there before, where a backup still has that. */
export interface Returning {
  at: readonly string[];
  server: string;
  value?: JsonObject;
}

/** The change to one file: the text after it, the direct entries taken over and left in it, and what it replaces. */
export interface Plan {
  after: string;
  takenOver: Server[];
  left: Server[];
  replaced: Server[];
  /** Entries of other servers that are Greenlight's then. */
  entered: { at: string[]; server: string; value: JsonObject }[];
}

/**
 * The change that enters Greenlight; with `takeOver`, in the place of what reaches Luma directly, and in that of
 * `entering`. `returning`: entries that lead to no server any more.
 */
export function planOf(
  client: ConnectClient,
  config: ClientConfig,
  file: ConfigFile,
  access: Access,
  {
    takeOver,
    entering,
    returning,
  }: { takeOver: boolean; entering: readonly Entering[]; returning: readonly Change[] },
): Plan {
  const text = file.found?.text ?? '';
  const servers = serversIn(file, config);
  const at = [config.servers, entryName];
  const isOurs = (server: Server) => isOurPlace(server.at);
  const direct = servers.filter(isDirect);
  const takenOver = takeOver ? direct.filter((server) => canTakeOver(server) || isOurs(server)) : [];
  const removed = takenOver.filter((server) => !isOurs(server));
  const entered = entering.map(({ at, server, mcpUrl, value }) => ({
    at: [...at],
    server,
    value: entryFor(client, { mcpUrl, token: access.token }, at, value),
  }));
  const changes: Change[] = [...removed.map((server) => ({ at: server.at })), ...entered, ...returning];
  changes.push({ at, value: client.entry(access) });
  return {
    after: editConfig(config.format, text, file.path, changes),
    takenOver,
    left: direct.filter((server) => !takenOver.includes(server)),
    replaced: [...removed, ...servers.filter(isOurs)],
    entered,
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
  // One that stands where Greenlight's own goes is taken out in any case.
  const usable = found.filter(({ server }) => canTakeOver(server));
  const complete = usable.find(
    ({ upstream, missing }) =>
      missing.length === 0 && (upstream.kind === 'stdio' || upstream.token !== undefined),
  );
  const chosen = complete ?? (reached ? undefined : usable[0]);
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
  const secrets = found.some(
    ({ server, upstream }) =>
      !canTakeOver(server) ||
      (upstream.kind === 'http' ? upstream.token !== undefined : Object.keys(upstream.env).length > 0),
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
  return `${start} Greenlight starts “${[upstream.command, ...upstream.args].join(' ')}”${keptWith(Object.keys(upstream.env))}.${need}`;
}

/** Why there is no token in an entry. */
function lacking({ server, upstream, missing }: Found): string {
  if (!canTakeOver(server)) return `How “${server.name}” reaches Luma cannot be taken over.`;
  if (upstream.kind === 'http' && missing.length === 0) {
    return `“${server.name}” holds no token: its client signs in by itself, and what it was given is not for Greenlight.`;
  }
  return missing.length === 0
    ? ''
    : `In “${server.name}”, ${missing.join(', ')} is not written out: it is named by a variable that Greenlight cannot see, or comes from elsewhere.`;
}

/** What becomes of the server `name`, and what goes where. */
export function aboutProtected(
  { name, upstream, secrets }: Protectable,
  { name: called, known }: Pick<Protecting, 'name' | 'known'>,
): string {
  const start = `“${name}” goes behind Greenlight${called === name ? '' : `, as “${called}”`}`;
  if (known) return `${start}, which has it already: the same server, with the same secrets.`;
  if (upstream.kind === 'http') {
    const names = [...(upstream.headerNames ?? []), ...(upstream.envNames ?? [])];
    if (secrets.token !== undefined)
      return `${start}, which reaches ${upstream.url} with the token that is there, and keeps it with its secrets${names.length > 0 ? `, and ${names.join(', ')} as well` : ''}.`;
    return names.length > 0
      ? `${start}, which reaches ${upstream.url}${keptWith(names)}.`
      : `${start}, which reaches ${upstream.url}. It holds no token: where its client signs in by itself, what it was given is not for Greenlight. Sign in, or enter a token, under Servers.`;
  }
  const line = [upstream.command, ...upstream.args].join(' ');
  return `${start}, which starts “${line}”${upstream.cwd === undefined ? '' : ` in ${upstream.cwd}`}${keptWith(upstream.envNames)}.`;
}

/** What is kept in the vault of what is called `names`. */
const keptWith = (names: readonly string[]) =>
  names.length === 0
    ? ''
    : ` with ${names.join(', ')}, whose ${names.length > 1 ? 'values' : 'value'} it keeps with its secrets`;

/** What becomes of an entry whose server is gone. */
export function aboutReturning({ at, server, value }: Returning): string {
  const start = `Greenlight has no server “${server}” any more, so “${at.at(-1) ?? ''}”`;
  return value === undefined
    ? `${start} goes out of this file; what stood there before it is in no backup.`
    : `${start} is again what it was before: it passes Greenlight by, where no policy applies, until you protect it again.`;
}

/** What becomes of an entry that nothing answers, and that Greenlight knows nothing more of. */
export function aboutStray({ found, server, stays }: Stray): string {
  const start = `Greenlight has no server “${server}” any more`;
  return stays
    ? `${start}, and “${found.name}”, which leads there, cannot be taken out of this file safely. Take it out by hand.`
    : `${start}, so “${found.name}” goes out of this file: it does not stand there as Greenlight wrote it, or nothing is recorded of it. Undoing brings it back.`;
}

/** What to know about entries that go on reaching Luma directly. */
export function aboutLeft(left: Server[], takeOver: boolean): string[] {
  return left.map((server) =>
    takeOver
      ? `“${server.name}” stays in this file and reaches Luma past Greenlight, where no policy applies: ${againstTakingOver(server)}`
      : `“${server.name}” in this file still reaches Luma past Greenlight, where no policy applies.`,
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
