/**
 * The MCP servers in a client's configuration: which of them is Greenlight, which reach Luma past it, and
 * what Greenlight needs to reach Luma in their place.
 */
import { basename } from 'node:path';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { holdsSecret } from '../../shared/looks-secret.ts';
import { LUMA } from '../../shared/server-id.ts';
import type { ClientConfig } from './client.ts';
import { samePlace } from './own.ts';
import { fill, type Variables } from './references.ts';

/** One server and where it stands in the configuration. */
export interface Server {
  at: string[];
  /** Its name for the person; with the folder where it is only one project's. */
  name: string;
  /** The folder of the one project that it is for. */
  project?: string;
  value: JsonObject;
}

/** How a client reached Luma. Tokens and values are as they were; they go to the vault. */
export type TakenUpstream =
  | { kind: 'http'; url: string; token?: string }
  | { kind: 'stdio'; command: string; args: string[]; env: Record<string, string> };

const lumaHost = 'luma.mcp.acedata.cloud';
/** Its address, wherever it stands in a text. */
const lumaAddress = /https?:\/\/(?:[^\s/@]*@)?luma\.mcp\.acedata\.cloud\.?(?![\w.-])/i;
const lumaPackage = /(?<![a-z0-9])mcp[-_]luma(?![a-z0-9])/i;
const lumaToken = 'ACEDATACLOUD_API_TOKEN';

/** Every server in `config`. */
export function serversOf(config: JsonObject, where: ClientConfig): Server[] {
  const places = [[where.servers], ...(where.alsoIn?.(config) ?? [])];
  return places.flatMap((place) => {
    const map = valueAt(config, place);
    if (!isJsonObject(map)) return [];
    return Object.entries(map).flatMap(([key, value]) => {
      // One place may be within another.
      if (places.some((other) => samePlace(other, [...place, key]))) return [];
      const project = place[0] === 'projects' ? place.at(-2) : undefined;
      if (!isJsonObject(value)) return [];
      const at = [...place, key];
      return project === undefined
        ? [{ at, name: key, value }]
        : [{ at, name: `${key} (in ${project})`, project, value }];
    });
  });
}

/** Whether `server` connects to the Greenlight at `mcpUrl`, to whichever of its servers. */
export function isGreenlight(server: Server, mcpUrl: string): boolean {
  return ledTo(server, mcpUrl) !== undefined;
}

/** Which server of the Greenlight at `mcpUrl` the entry `server` leads to, whether or not there is one. */
export function ledTo({ value }: Server, mcpUrl: string): string | undefined {
  const { origin, pathname } = new URL(mcpUrl);
  for (const address of addresses(value)) {
    if (address.origin !== origin) continue;
    if (address.pathname === pathname) return LUMA;
    if (address.pathname.startsWith(`${pathname}/`))
      return address.pathname.slice(pathname.length + 1).replace(/\/$/, '') || LUMA;
  }
  return undefined;
}

/** Programs that do nothing but to lead to an address. */
const BRIDGE = /^(?:mcp-remote|mcp-proxy|supergateway)(?:@.+)?$/;

/** Whether `server`, which leads to the Greenlight at `mcpUrl`, leads nowhere else, and does nothing else. */
export function leadsOnlyTo({ value }: Server, mcpUrl: string): boolean {
  const { origin } = new URL(mcpUrl);
  const words = commandWords(value);
  return (
    addresses(value).every((address) => address.origin === origin) &&
    (words.length === 0 || words.some((word) => BRIDGE.test(basename(word))))
  );
}

/** Whether its client has switched `server` off. */
export function isOff({ value }: Server): boolean {
  return value.disabled === true || value.enabled === false || value.isActive === false;
}

/**
 * Whether `server` reaches Luma itself. The token's variable alone is not enough: the provider's servers for
 * music or pictures have the same one, and they are not Greenlight's to change.
 */
export function isDirect(server: Server): boolean {
  const words = commandWords(server.value);
  if (lumaUrl(server.value) || allTexts(server.value).some((text) => lumaAddress.test(text))) return true;
  if (words.some((word) => lumaPackage.test(word))) return true;
  const hasToken = lumaToken in environment(server.value);
  return hasToken && [server.at.at(-1) ?? '', ...words].some((word) => /luma/i.test(word));
}

/** Whether Greenlight can reach Luma as `server`, a direct one, does. */
export const canTakeOver = (server: Server) => againstTakingOver(server) === undefined;

/**
 * Why Greenlight cannot reach Luma as `server`, a direct one, does, and what to do; nothing where it can. Not where the
 * address is only a part of something else, as in the command line of a shell: what else that does is not known.
 */
export function againstTakingOver({ value }: Server): string | undefined {
  const url = lumaUrl(value);
  if (url === undefined && allTexts(value).some((text) => lumaAddress.test(text)))
    return 'it does so in a way that Greenlight cannot take over. Take it out by hand.';
  if (url?.username || url?.password || holdsSecret(url ? [url.href] : commandWords(value)))
    return (
      `its ${url ? 'address' : 'command line'} holds a secret, and Greenlight keeps that in its settings, which are no place ` +
      `for one. Give the secret ${url ? 'as a bearer token' : `as ${lumaToken} under “env”`}, then connect again; or take it out by hand.`
    );
  return undefined;
}

/**
 * What `server`, a direct one, reaches Luma with. References to variables are filled in from its own `env`
 * and from `variables`; `missing` names what only the client itself could fill in.
 */
export function upstreamOf(
  { value }: Server,
  variables: Variables,
): { upstream: TakenUpstream; missing: string[] } {
  const env = environment(value);
  const url = lumaUrl(value);
  if (url) {
    const written = authorization(value);
    const header = written === undefined ? undefined : filled(written, { ...variables, ...env });
    const token = header?.replace(/^bearer\s+/i, '').trim();
    const missing = written !== undefined && !token ? ['the token'] : [];
    return { upstream: { kind: 'http', url: url.href, ...(token ? { token } : {}) }, missing };
  }
  const [command = '', ...args] = commandWords(value);
  // A client hands its own environment on.
  const inherited = variables[lumaToken];
  const given = lumaToken in env || !inherited ? env : { ...env, [lumaToken]: inherited };
  const values = Object.entries(given).map(([name, text]) => [name, filled(text, variables)] as const);
  const missing = values.flatMap(([name, text]) => (text === undefined ? [name] : []));
  return {
    upstream: {
      kind: 'stdio',
      command,
      args,
      env: Object.fromEntries(values.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))),
    },
    missing: lumaToken in given ? missing : [...missing, lumaToken],
  };
}

/** `text` with its references filled in; nothing when one of them is not known. */
function filled(text: string, env: Variables): string | undefined {
  const answer = fill(text, { home: env.HOME ?? '', env });
  return 'text' in answer ? answer.text : undefined;
}

/** The address of Luma that `value` connects to. */
function lumaUrl(value: JsonObject): URL | undefined {
  const url = addresses(value).find(({ hostname }) => hostname.replace(/\.$/, '') === lumaHost);
  // The dot at its end says only that the name is a whole one.
  if (url) url.hostname = lumaHost;
  return url;
}

/** The addresses in an entry: its own, or those handed to a command such as mcp-remote. */
function addresses(value: JsonObject): URL[] {
  const words = commandWords(value).map((word) => word.replace(/^--?[\w-]+=/, ''));
  return [...ownAddresses(value), ...words].flatMap((text) => {
    const url = /^https?:\/\//i.test(text.trim()) && !/\s/.test(text.trim()) ? URL.parse(text.trim()) : null;
    return url ? [url] : [];
  });
}

/** The addresses that an entry itself names, as they are written. */
export function ownAddresses(value: JsonObject): string[] {
  return [value, transportOf(value)].flatMap((holder) =>
    ['httpUrl', 'url', 'serverUrl', 'uri', 'endpoint'].flatMap((name) => {
      const text = ownMember(holder, name);
      return typeof text === 'string' && text !== '' ? [text] : [];
    }),
  );
}

/** Some clients have what concerns the way to the server in a member of its own. */
export function transportOf(value: JsonObject): JsonObject {
  const transport = ownMember(value, 'transport');
  return isJsonObject(transport) ? transport : {};
}

/** The command and its arguments; some clients have both in one list, or in an object. */
export function commandWords(value: JsonObject): string[] {
  const command = ownMember(value, 'command') ?? ownMember(value, 'cmd');
  if (isJsonObject(command)) return commandWords({ command: command.path ?? '', args: command.args ?? [] });
  const args = ownMember(value, 'args');
  return [command, args].flat().filter((word) => typeof word === 'string');
}

/** The variables that an entry sets; opencode calls them `environment`, Goose `envs`, and Zed had them in the command. */
export function environment(value: JsonObject): Record<string, string> {
  const command = ownMember(value, 'command');
  return Object.assign(
    {},
    ...[value, isJsonObject(command) ? command : {}].flatMap((holder) =>
      ['env', 'environment', 'envs'].map((name) => valuesOf(ownMember(holder, name))),
    ),
  );
}

/** The token that `server`, one of Greenlight's own entries, has. */
export function tokenIn({ value }: Server): string | undefined {
  const written = authorization(value);
  return written === undefined ? undefined : filled(written, environment(value))?.replace(/^bearer\s+/i, '');
}

/** The value of the header `Authorization`, as it is written. */
export function authorization(value: JsonObject): string | undefined {
  // Codex names variables: https://developers.openai.com/codex/mcp
  const { env_http_headers: named = {}, ...others } = value;
  // Where a client has its headers differs: `headers`, `http_headers`, `requestOptions.headers`.
  const written = headerIn(others);
  if (written !== undefined) return written;
  const inVariable = headerIn(named);
  if (inVariable !== undefined) return `\${${inVariable}}`;
  const { bearer_token_env_var: variable, bearer_token: token } = texts(value);
  if (variable !== undefined) return `\${${variable}}`;
  return token ?? flaggedToken(commandWords(value)) ?? environment(value).API_ACCESS_TOKEN;
}

/**
 * The token among the arguments of a bridge: mcp-remote has `--header NAME:VALUE`, supergateway also
 * `--oauth2Bearer TOKEN`, mcp-proxy `-H NAME VALUE`, and the variable `API_ACCESS_TOKEN`.
 */
export function flaggedToken(words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    const [, flag = '', joined] = /^(--?[A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    const value = joined ?? words[index + 1] ?? '';
    if (/^--oauth2bearer$/i.test(flag)) return value;
    if (!/^(?:-H|--headers?)$/i.test(flag)) continue;
    const [, name = '', text = ''] = /^([^:=\s]+)\s*[:=]?\s*(.*)$/s.exec(value) ?? [];
    if (isAuthorization(name)) return text || words[index + (joined === undefined ? 2 : 1)];
  }
  return undefined;
}

export const isAuthorization = (name: string) => name.trim().toLowerCase() === 'authorization';

/** The text of the member `Authorization` of `value`, or of what is in it. */
function headerIn(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const members = Object.entries(value) as [string, Json][];
  for (const [name, inner] of members) {
    const found = typeof inner === 'string' && isAuthorization(name) ? inner : headerIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every text in `value`. */
function allTexts(value: Json): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(allTexts) : [];
}

/** What stands at the path `at` in `config`. */
export function valueAt(config: JsonObject, at: readonly string[]): Json | undefined {
  return at.reduce<Json | undefined>(
    (value, name) => (isJsonObject(value) ? ownMember(value, name) : undefined),
    config,
  );
}

/** The members of `value` as they are in an environment, where numbers are texts too. */
function valuesOf(value: Json | undefined): Record<string, string> {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.flatMap(([name, member]) =>
      ['string', 'number', 'boolean'].includes(typeof member) ? [[name, String(member)]] : [],
    ),
  );
}

/** The members of `value` that are texts. */
export function texts(value: Json | undefined): Record<string, string> {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
