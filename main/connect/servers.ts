/**
 * The MCP servers in a client's configuration: which of them is Greenlight, which reach Luma past it, and
 * what Greenlight needs to reach Luma in their place.
 */
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { ClientConfig } from './applications.ts';

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
const lumaPackage = /(?<![a-z0-9])mcp[-_]luma(?![a-z0-9])/i;
const lumaToken = 'ACEDATACLOUD_API_TOKEN';

/** Every server in `config`. */
export function serversOf(config: JsonObject, where: ClientConfig): Server[] {
  const places = [[where.servers], ...(where.alsoIn?.(config) ?? [])];
  return places.flatMap((place) => {
    const map = valueAt(config, place);
    if (!isJsonObject(map)) return [];
    return Object.entries(map).flatMap(([key, value]) => {
      const name = place.length > 1 ? `${key} (in ${place.at(-2)})` : key;
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
  if (addresses(server.value).some((address) => address.hostname === lumaHost)) return true;
  if (words.some((word) => lumaPackage.test(word))) return true;
  const hasToken = lumaToken in texts(ownMember(server.value, 'env'));
  return hasToken && [server.at.at(-1) ?? '', ...words].some((word) => /luma/i.test(word));
}

/**
 * What `server`, a direct one, reaches Luma with. References to variables are filled in from its own `env`
 * and from `variables`; `missing` names what only the client itself could fill in.
 */
export function upstreamOf(
  { value }: Server,
  variables: Variables,
): { upstream: TakenUpstream; missing: string[] } {
  const env = texts(ownMember(value, 'env'));
  const url = addresses(value).find((address) => address.hostname === lumaHost);
  if (url) {
    const written = authorization(value);
    const header = written === undefined ? undefined : resolve(written, { ...variables, ...env });
    const token = header?.replace(/^bearer\s+/i, '').trim();
    const missing = written !== undefined && !token ? ['the token'] : [];
    return { upstream: { kind: 'http', url: url.href, ...(token ? { token } : {}) }, missing };
  }
  const [command = '', ...args] = commandWords(value);
  const values = Object.entries(env).map(([name, text]) => [name, resolve(text, variables)] as const);
  return {
    upstream: {
      kind: 'stdio',
      command,
      args,
      env: Object.fromEntries(values.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))),
    },
    missing: values.flatMap(([name, text]) => (text === undefined ? [name] : [])),
  };
}

/** The addresses in an entry: its own, or those handed to a command such as mcp-remote. */
function addresses(value: JsonObject): URL[] {
  const own = ['url', 'httpUrl', 'serverUrl'].flatMap((name) => {
    const text = ownMember(value, name);
    return typeof text === 'string' ? [text] : [];
  });
  return [...own, ...commandWords(value)].flatMap((text) => {
    const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
    return url ? [url] : [];
  });
}

/** The command and its arguments; older Zed settings have them in an object. */
function commandWords(value: JsonObject): string[] {
  const command = ownMember(value, 'command');
  if (isJsonObject(command)) return commandWords({ command: command.path ?? '', args: command.args ?? [] });
  const args = ownMember(value, 'args');
  return [command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === 'string');
}

/** The value of the header `Authorization`, as it is written. */
function authorization(value: JsonObject): string | undefined {
  for (const name of ['headers', 'http_headers']) {
    const found = Object.entries(texts(ownMember(value, name))).find(([key]) => isAuthorization(key));
    if (found) return found[1];
  }
  // Codex names variables: https://developers.openai.com/codex/mcp
  const variable = ownMember(value, 'bearer_token_env_var');
  if (typeof variable === 'string') return `\${${variable}}`;
  const named = Object.entries(texts(ownMember(value, 'env_http_headers')));
  const header = named.find(([key]) => isAuthorization(key));
  if (header) return `\${${header[1]}}`;
  const words = commandWords(value);
  const flagged = words.filter((_, index) => words[index - 1] === '--header');
  return flagged.find((word) => isAuthorization(word.split(':')[0] ?? ''))?.replace(/^[^:]*:\s*/, '');
}

const isAuthorization = (name: string) => name.trim().toLowerCase() === 'authorization';

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
