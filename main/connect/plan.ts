/** Works out what a change to a client's configuration would be, and says it in words. */
import { type Access, type ClientConfig, type ConnectClient, entryName, type Place } from './applications.ts';
import { type Change, editConfig, parseConfig } from './document.ts';
import { type ConfigFile, ownersPart } from './files.ts';
import { isDirect, type Server, serversOf, type TakenUpstream, upstreamOf } from './servers.ts';

/** The change to one file: the text after it, the direct entries in it, and what it replaces. */
export interface Plan {
  after: string;
  direct: Server[];
  takenOver: Server[];
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
  const takenOver = takeOver ? direct : [];
  const removed = takenOver.filter((server) => !isOurs(server));
  const changes: Change[] = removed.map((server) => ({ at: server.at }));
  changes.push({ at, value: client.entry(access) });
  return {
    after: editConfig(config.format, text, file.path, changes),
    direct,
    takenOver,
    replaced: [...removed, ...servers.filter(isOurs)],
  };
}

/** The servers in `file`. Throws a UserFacingError when it cannot be read. */
export function serversIn(file: ConfigFile, config: ClientConfig): Server[] {
  return file.found ? serversOf(parseConfig(config.format, file.found.text, file.path), config) : [];
}

/** Whether `at` is where Greenlight's own entry goes. */
export const isOurPlace = (at: readonly string[]) => at.length === 2 && at[1] === entryName;

/** What the entries taken over reached Luma with: the first that has all it needs, or else the first. */
export function upstreamIn(plan: Plan, env: Place['env']): { upstream?: TakenUpstream; notes: string[] } {
  const found = plan.takenOver.map((server) => ({ server, ...upstreamOf(server, env) }));
  const complete = found.find(
    ({ upstream, missing }) =>
      missing.length === 0 && (upstream.kind === 'stdio' || upstream.token !== undefined),
  );
  const chosen = complete ?? found[0];
  if (!chosen) return { notes: [] };
  const { server, upstream, missing } = chosen;
  const signsIn = upstream.kind === 'http' && upstream.token === undefined && missing.length === 0;
  const notes = signsIn
    ? [
        `“${server.name}” holds no token: its client signs in by itself, which Greenlight cannot do for it. Enter a ` +
          'token in Settings, or Luma cannot be reached.',
      ]
    : missing.length === 0
      ? []
      : [
          `In “${server.name}”, ${missing.join(', ')} is not written out but named by a variable that Greenlight ` +
            'cannot see. Enter it in Settings.',
        ];
  return { upstream, notes };
}

/** What to know about entries that reach Luma directly. */
export function aboutDirect(direct: Server[], takeOver: boolean): string[] {
  if (direct.length === 0) return [];
  const names = direct.map((server) => `“${server.name}”`).join(', ');
  return takeOver
    ? [
        `Taken over: ${names}. Luma is then reached through Greenlight only, which keeps the token that is there.`,
      ]
    : [`${names} in this file still reaches Luma past Greenlight, where no policy applies.`];
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
  const { format = 'json', servers = 'mcpServers' } = client.config ?? {};
  return editConfig(format, '', client.name, [
    { at: [servers, entryName], value: client.entry(access) },
  ]).trim();
}
