/**
 * The MCP servers in a client's configuration: which of them is Greenlight, which reach Luma past it, and
 * what Greenlight needs to reach Luma in their place.
 */
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { ClientConfig } from './client.ts';

/** One server and where it stands in the configuration. */
export interface Server {
  at: string[];
  /** Its name for the person; with the folder where it is only one project's. */
  name: string;
  value: JsonObject;
}

/** How a client reached Luma. Tokens and values are as they were; they go to the vault. */
export type TakenUpstream =
  | { kind: 'http'; url: string; token?: string }
  | { kind: 'stdio'; command: string; args: string[]; env: Record<string, string> };

type Variables = Readonly<Record<string, string | undefined>>;

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
      if (places.some((other) => other.join('\0') === [...place, key].join('\0'))) return [];
      const name = place[0] === 'projects' ? `${key} (in ${place.at(-2)})` : key;
      return isJsonObject(value) ? [{ at: [...place, key], name, value }] : [];
    });
  });
}

/** Whether `server` connects to `mcpUrl`. */
export function isGreenlight({ value }: Server, mcpUrl: string): boolean {
  const url = new URL(mcpUrl).href;
  return addresses(value).some((address) => address.href === url);
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

/**
 * Whether Greenlight can reach Luma as `server`, a direct one, does. Not where the address is only a part of
 * something else, as in the command line of a shell: what else that does is not known.
 */
export function canTakeOver({ value }: Server): boolean {
  return lumaUrl(value) !== undefined || !allTexts(value).some((text) => lumaAddress.test(text));
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
    const header = written === undefined ? undefined : resolve(written, { ...variables, ...env });
    const token = header?.replace(/^bearer\s+/i, '').trim();
    const missing = written !== undefined && !token ? ['the token'] : [];
    return { upstream: { kind: 'http', url: url.href, ...(token ? { token } : {}) }, missing };
  }
  const [command = '', ...args] = commandWords(value);
  // A client hands its own environment on.
  const inherited = variables[lumaToken];
  const given = lumaToken in env || !inherited ? env : { ...env, [lumaToken]: inherited };
  const values = Object.entries(given).map(([name, text]) => [name, resolve(text, variables)] as const);
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

/** The address of Luma that `value` connects to. */
function lumaUrl(value: JsonObject): URL | undefined {
  const url = addresses(value).find(({ hostname }) => hostname.replace(/\.$/, '') === lumaHost);
  // The dot at its end says only that the name is a whole one.
  if (url) url.hostname = lumaHost;
  return url;
}

/** The addresses in an entry: its own, or those handed to a command such as mcp-remote. */
function addresses(value: JsonObject): URL[] {
  const transport = ownMember(value, 'transport');
  const own = [value, ...(isJsonObject(transport) ? [transport] : [])].flatMap((holder) =>
    ['url', 'httpUrl', 'serverUrl', 'uri', 'endpoint'].flatMap((name) => {
      const text = ownMember(holder, name);
      return typeof text === 'string' ? [text] : [];
    }),
  );
  const words = commandWords(value).map((word) => word.replace(/^--?[\w-]+=/, ''));
  return [...own, ...words].flatMap((text) => {
    const url = /^https?:\/\//i.test(text.trim()) && !/\s/.test(text.trim()) ? URL.parse(text.trim()) : null;
    return url ? [url] : [];
  });
}

/** The command and its arguments; some clients have both in one list, or in an object. */
function commandWords(value: JsonObject): string[] {
  const command = ownMember(value, 'command') ?? ownMember(value, 'cmd');
  if (isJsonObject(command)) return commandWords({ command: command.path ?? '', args: command.args ?? [] });
  const args = ownMember(value, 'args');
  return [command, args].flat().filter((word) => typeof word === 'string');
}

/** The variables that an entry sets; opencode calls them `environment`, Goose `envs`. */
function environment(value: JsonObject): Record<string, string> {
  return Object.assign({}, ...['env', 'environment', 'envs'].map((name) => texts(ownMember(value, name))));
}

/** The value of the header `Authorization`, as it is written. */
function authorization(value: JsonObject): string | undefined {
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
function flaggedToken(words: readonly string[]): string | undefined {
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

const isAuthorization = (name: string) => name.trim().toLowerCase() === 'authorization';

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

/**
 * `text` with the references of the clients filled in: `${NAME}`, `${NAME:-default}`, `${env:NAME}` and,
 * alone, `$NAME`. Nothing when one of them is not known.
 */
function resolve(text: string, variables: Variables): string | undefined {
  let known = true;
  const filled = text.replace(
    /\$\{(?:env:)?([^}]*?)(?::-([^}]*))?\}|(?<=^|\s)\$([A-Za-z_]\w*)$/g,
    (_, braced: string | undefined, fallback: string | undefined, bare: string | undefined) => {
      const value = variables[braced ?? bare ?? ''] || fallback;
      if (value === undefined) known = false;
      return value ?? '';
    },
  );
  return known ? filled : undefined;
}

/** What stands at the path `at` in `config`. */
export function valueAt(config: JsonObject, at: readonly string[]): Json | undefined {
  return at.reduce<Json | undefined>(
    (value, name) => (isJsonObject(value) ? ownMember(value, name) : undefined),
    config,
  );
}

/** The members of `value` that are texts. */
function texts(value: Json | undefined): Record<string, string> {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
