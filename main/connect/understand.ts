/** What Greenlight needs to stand before a server that a client reaches by itself, or why it cannot. */
import { basename, isAbsolute, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { withVariables } from '../../shared/argument-variable.ts';
import { hideInAddress, hideSecrets } from '../../shared/hide-secrets.ts';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { holdsSecret, isPath, maskText, maskWords } from '../../shared/looks-secret.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import { againstHeader } from '../../shared/upstream-header.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { ClientConfig } from './client.ts';
import { isDocker, variablesOut } from './docker.ts';
import { readConfigFile } from './files.ts';
import { fill, notSet, type Surroundings, type Variables } from './references.ts';
import { type Paths, pathsIn, relativeVariable } from './relative.ts';
import {
  authorization,
  commandWords,
  environment,
  flaggedToken,
  isAuthorization,
  isOff,
  ownAddresses,
  type Server,
  texts,
  transportOf,
} from './servers.ts';

/** A server as Greenlight would keep it: secrets apart, for the vault. */
export interface Understood {
  upstream: Exclude<UpstreamSettings, { kind: 'sandbox' }>;
  secrets: { token?: string; env?: Record<string, string>; headers?: Record<string, string> };
}

/** `refused`: why not, as sentences. */
export type Understanding = Understood | { refused: string };

/** Headers that every request has anyway. */
const USUAL_HEADERS = new Set(['accept', 'content-type']);

/** Programs that are what the folder says in which they are started. */
const BY_FOLDER = /^(?:npm|pnpm|yarn|bun|deno|make|just|uv|poetry|cargo|go|dotnet|bundle|rake)(?:\.\w+)?$/;
/** What keeps Greenlight from standing before a server. */
class Refused extends Error {}

/** How `server` of a client is reached, every reference filled in; the file system is read for an `envFile` alone. */
export function understand(
  server: Server,
  config: Pick<ClientConfig, 'plainUrlIsSse'>,
  surroundings: Surroundings,
): Understanding {
  const known = server.project === undefined ? surroundings : { ...surroundings, project: server.project };
  const { value } = server;
  if (isOff(server)) return { refused: 'It is switched off in its client, and left alone.' };
  try {
    const [command, ...args] = commandWords(value);
    if (command) return ofCommand(value, command, args, known);
    const [address] = ownAddresses(value);
    if (address !== undefined) return ofAddress(value, address, config, known);
    throw new Refused('It names neither a command nor an address: what is behind it only its client knows.');
  } catch (error) {
    if (error instanceof Refused || error instanceof UserFacingError) return { refused: error.message };
    throw error;
  }
}

/** Whether `server` is one of MCP at all, and no part of the client itself. */
export function isServer({ value }: Server): boolean {
  return !['builtin', 'platform', 'frontend'].includes(String(ownMember(value, 'type')));
}

/** How `server` is reached, for people: its address or its command line, without its secrets. */
export function addressOf({ value }: Server): { kind: 'http' | 'stdio'; address: string } {
  const words = commandWords(value);
  const [own] = ownAddresses(value);
  if (words[0] || own === undefined) {
    return { kind: 'stdio', address: maskWords(words).join(' ').slice(0, 300) };
  }
  return { kind: 'http', address: holdsSecret([own]) ? originOf(own) : own.slice(0, 300) };
}

function ofAddress(
  value: JsonObject,
  written: string,
  config: Pick<ClientConfig, 'plainUrlIsSse'>,
  surroundings: Surroundings,
): Understood {
  const { text: address, secret } = broughtInto(written, surroundings);
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Refused('Its address is none of HTTP, and Greenlight reaches no other.');
  refuseOldTransport(value, url, config);
  if (url.username || url.password)
    throw new Refused(
      'Its address holds a user name or a password, and Greenlight sends neither. Give the secret as a bearer token, if the ' +
        'server takes one.',
    );
  // Which host it is may be no secret: it is shown, and tokens are kept for it alone.
  if (secret !== undefined && !/^https?:\/\/[\w.:[\]-]+[/?#]/i.test(written))
    throw new Refused(
      bringsSecret(secret, { what: 'Its address', instead: 'Write out the name of the host' }),
    );
  const hidden = hideInAddress(url.href, { whole: secret !== undefined });
  const headers = headersIn(value, surroundings);
  const token = headers.Authorization ? undefined : bearerIn(authorization(value), surroundings);
  const envNames = Object.keys(hidden.env).sort();
  const headerNames = Object.keys(headers).sort();
  return {
    upstream: {
      kind: 'http',
      url: hidden.url,
      ...(envNames.length > 0 && { envNames }),
      ...(headerNames.length > 0 && { headerNames }),
    },
    secrets: {
      ...(token !== undefined && { token }),
      ...(envNames.length > 0 && { env: hidden.env }),
      ...(headerNames.length > 0 && { headers }),
    },
  };
}

/** The headers that an entry sends beside a bearer token, with their values. */
function headersIn(value: JsonObject, surroundings: Surroundings): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, written] of writtenHeaders(value)) {
    if (USUAL_HEADERS.has(name.toLowerCase())) continue;
    const text = filledIn(written, surroundings).trim();
    if (isAuthorization(name) && /^(?:bearer(?:\s|$)|$)/i.test(text)) continue;
    const against = againstHeader(name, text);
    if (against !== undefined) throw new Refused(`Its header “${maskText(name)}” ${against}.`);
    headers[isAuthorization(name) ? 'Authorization' : name] = text;
  }
  return headers;
}

/** How addresses of the old transport end. */
const OLD_ADDRESS = /\/sse\/?$/;

/** The old transport (HTTP with SSE, MCP 2024-11-05) needs a stream that is always open. */
function refuseOldTransport(
  value: JsonObject,
  url: URL,
  { plainUrlIsSse }: Pick<ClientConfig, 'plainUrlIsSse'>,
): void {
  const { type = transportOf(value).type, transport } = value;
  const said = [type, transport].find((text) => typeof text === 'string')?.toLowerCase();
  if (said !== undefined && /^(?:ws|websockets?)$/.test(said))
    throw new Refused('It is reached by a WebSocket, which Greenlight does not speak.');
  const untyped = plainUrlIsSse === true && said === undefined && ownMember(value, 'httpUrl') === undefined;
  if (said === 'sse' || untyped || OLD_ADDRESS.test(url.pathname))
    throw new Refused(
      'It is reached by the old transport (SSE), which Greenlight does not speak. Where the server speaks the new one ' +
        '(streamable HTTP), add it by that address under Servers: its test shows whether it does.',
    );
}

/** The token in the value of a header, or nothing where there is none. */
function bearerIn(written: string | undefined, surroundings: Surroundings): string | undefined {
  if (written === undefined) return undefined;
  const token = withoutScheme(filledIn(written, surroundings));
  if (/\s/.test(token))
    throw new Refused(
      'Its token has a space in it, so it is none that could be sent. Write it out as it is.',
    );
  return token === '' ? undefined : token;
}

const withoutScheme = (header: string) => header.replace(/^bearer(?:\s+|$)/i, '').trim();

function ofCommand(
  value: JsonObject,
  command: string,
  args: string[],
  surroundings: Surroundings,
): Understood {
  const own = environment(value);
  const bridged = ofBridge([command, ...args], own, surroundings);
  if (bridged) return bridged;
  const folder = folderOf(value, surroundings);
  const program = programOf(
    openly(command, surroundings, LINE, own),
    folder ?? surroundings.project,
    surroundings,
  );
  // What is the container's goes to the vault, so it may come from anywhere.
  const { args: rest, env: moved, staying } = variablesOut(program, args);
  const known = folder ?? surroundings.project;
  const words = rest.map((word) => broughtInto(word, surroundings, own));
  const paths = pathsIn(
    program,
    words.map(({ text }) => text),
    known,
  );
  const env = variablesIn(value, own, surroundings);
  for (const [name, text] of Object.entries(moved))
    env[name] = withVariables(filledIn(text, surroundings, own), env);
  const hidden = hideSecrets(program, paths.args, {
    secret: (index) => words[index]?.secret !== undefined,
    stays: (index) => staying.has(index),
    taken: env,
  });
  const byFolderAlone = known === undefined && (paths.relative ?? paths.does) !== undefined;
  for (const [index, { secret }] of words.entries()) {
    // What depends on the folder is told, so it may not be one that holds a secret.
    const hides = !byFolderAlone && hidden.args[index] !== paths.args[index];
    if (secret !== undefined && !hides) throw new Refused(bringsSecret(secret, LINE));
  }
  const set = [...staying.values()].map(
    ([name, text]) => [name, openly(text, surroundings, LINE, own)] as const,
  );
  const others = hidden.args.filter((_, index) => !staying.has(index));
  if (holdsSecret([folder ?? '', program, ...others], set))
    throw new Refused(
      'Its command line holds a secret, in the text of a shell or in a path, and Greenlight keeps command lines in its ' +
        'settings, which are no place for one. Give the secret in a variable of the environment, if the program takes it so.',
    );
  if (known === undefined) refuseRelative(paths);
  // What Docker gets is the container's.
  const variable = isDocker(program) ? undefined : relativeVariable(env);
  if (variable !== undefined && known === undefined)
    throw new Refused(`Its variable ${variable} ${RELATIVE}`);
  // With what Greenlight fills in, which is not told.
  const filled = pathsIn(
    program,
    words.map(({ text }) => withVariables(text, env)),
    known,
  );
  const brings = (filled.relative ?? filled.does) !== undefined;
  if (brings && known === undefined)
    throw new Refused(`What a variable of it brings into its command line ${RELATIVE}`);
  const byFolder =
    variable !== undefined || brings || isRelative(command) || BY_FOLDER.test(basename(program));
  const cwd = folder ?? (byFolder ? surroundings.project : undefined);
  const kept = { ...env, ...hidden.env };
  const envNames = Object.keys(kept).sort();
  return {
    upstream: { kind: 'stdio', command: program, args: hidden.args, envNames, ...(cwd && { cwd }) },
    secrets: envNames.length === 0 ? {} : { env: kept },
  };
}

/**
 * A command that is mcp-remote with a token: what it reaches, without it. One that signs in itself goes on doing so, and so
 * does one that may speak the old transport, or sends what is no bearer token.
 */
function ofBridge(words: string[], own: Variables, surroundings: Surroundings): Understood | undefined {
  const at = words.findIndex((word) => /^mcp-remote(?:@.+)?$/.test(basename(word)));
  const rest = words.slice(at + 1);
  const headers = rest.filter((word) => /^(?:-H|--headers?)(?:=|$)/.test(word));
  if (at < 0 || headers.length !== 1 || rest.includes('sse-only')) return undefined;
  const written = flaggedToken(rest);
  const address = rest.find((word) => /^https?:/i.test(word));
  if (written === undefined || address === undefined) return undefined;
  const url = URL.parse(openly(address, surroundings, LINE));
  if (!url || holdsSecret([url.href]) || OLD_ADDRESS.test(url.pathname)) return undefined;
  const known = { ...surroundings, env: { ...surroundings.env, ...own } };
  const token = withoutScheme(filledIn(written, known));
  return token === '' || /\s/.test(token)
    ? undefined
    : { upstream: { kind: 'http', url: url.href }, secrets: { token } };
}

/** The folder that the entry itself says it is started in. */
function folderOf(value: JsonObject, surroundings: Surroundings): string | undefined {
  const { cwd, workingDirectory, working_directory } = texts(value);
  const written = cwd ?? workingDirectory ?? working_directory;
  if (written === undefined || written === '') return undefined;
  return absolute(openly(written, surroundings, LINE), surroundings, `Its folder “${written}”`);
}

/** `path` as one that does not depend on a folder; `what` names it. */
function absolute(path: string, { home, project }: Surroundings, what: string): string {
  if (/^~[\\/]/.test(path)) return join(home, path.slice(2));
  if (isAbsolute(path)) return path;
  if (project !== undefined) return resolve(project, path);
  throw new Refused(`${maskText(what)} ${RELATIVE}`);
}

const RELATIVE =
  'is relative, and this entry is for all projects: which folder is meant only its client knows. Write the whole path.';

/** Refuses what depends on a folder that nobody names. */
function refuseRelative({ relative, does }: Paths): void {
  if (relative !== undefined) throw new Refused(`“${relative}” in its command line ${RELATIVE}`);
  if (does !== undefined)
    throw new Refused(
      `“${does}” does what the folder says in which it is started, and this entry is for all projects: which folder is ` +
        'meant only its client knows. Write the whole path of that folder as “cwd” in this entry.',
    );
}

function programOf(command: string, folder: string | undefined, surroundings: Surroundings): string {
  if (!/[\\/]/.test(command)) return command;
  return absolute(command, { ...surroundings, project: folder }, `Its command “${command}”`);
}

const isRelative = (command: string) =>
  /[\\/]/.test(command) && !isAbsolute(command) && !command.startsWith('~');

/** Every variable that the program is given beside what it inherits. */
function variablesIn(value: JsonObject, own: Variables, surroundings: Surroundings): Record<string, string> {
  const env: Record<string, string> = {};
  const { envFile } = texts(value);
  if (envFile !== undefined) {
    const path = absolute(filledIn(envFile, surroundings), surroundings, `Its envFile “${envFile}”`);
    const { found } = readConfigFile(path);
    if (!found) throw new Refused(`Its envFile ${maskText(path)} is not there.`);
    for (const [name, text] of Object.entries(parseEnv(found.text))) env[name] = text ?? '';
  }
  // Codex and Goose name variables that come from elsewhere: the environment, or Goose's own keyring.
  for (const name of [...names(ownMember(value, 'env_vars')), ...names(ownMember(value, 'env_keys'))]) {
    if (own[name] !== undefined) continue;
    const text = surroundings.env[name];
    if (text === undefined) throw new Refused(notSet(name));
    env[name] = text;
  }
  for (const [name, text] of Object.entries(own)) env[name] = filledIn(text ?? '', surroundings);
  return env;
}

/** Codex also has `{ name, source }`. */
function names(value: Json | undefined): string[] {
  const members = Array.isArray(value) ? value : [];
  return members
    .map((member) => (isJsonObject(member) ? ownMember(member, 'name') : member))
    .filter((name) => typeof name === 'string');
}

function filledIn(text: string, surroundings: Surroundings, own?: Variables): string {
  const filled = fill(text, surroundings, own);
  if ('refused' in filled) throw new Refused(filled.refused);
  return filled.text;
}

/** What is to be kept in the settings, and where a secret in it goes instead. */
interface Open {
  what: string;
  instead: string;
}

const LINE: Open = {
  what: 'Its command line',
  instead: 'Name it under “env” in this entry instead, if the program takes it from there',
};

/** `text`, which is to be kept in the settings, filled in. What the environment brings may be a secret, unless it is plainly a path. */
function openly(text: string, surroundings: Surroundings, open: Open, own?: Variables): string {
  const { text: filled, secret } = broughtInto(text, surroundings, own);
  if (secret !== undefined) throw new Refused(bringsSecret(secret, open));
  return filled;
}

/** `text` filled in; `secret`: the variable of the environment in it that is not plainly a path. */
function broughtInto(
  text: string,
  surroundings: Surroundings,
  own?: Variables,
): { text: string; secret?: string | undefined } {
  const filled = fill(text, surroundings, own);
  if ('refused' in filled) throw new Refused(filled.refused);
  return {
    text: filled.text,
    secret: filled.brought.find(({ name, value }) => !isPath([name, value]))?.name,
  };
}

const bringsSecret = (name: string, { what, instead }: Open) =>
  `${what} takes ${name} from the environment, and Greenlight would keep its value in its settings, which are no place ` +
  `for a secret. ${instead}; if it is no secret, write it out.`;

/** The headers that an entry sends, as they are written: Codex names a variable in the place of a value. */
function writtenHeaders(value: JsonObject): [name: string, written: string][] {
  const holders = [value, transportOf(value)].flatMap((holder) => {
    const options = ownMember(holder, 'requestOptions');
    return isJsonObject(options) ? [holder, options] : [holder];
  });
  return holders.flatMap((holder) =>
    ['headers', 'http_headers', 'env_http_headers'].flatMap((place) => {
      const headers = ownMember(holder, place);
      return (isJsonObject(headers) ? Object.entries(headers) : []).map(([name, one]): [string, string] => {
        if (typeof one === 'object')
          throw new Refused(`Its header “${maskText(name)}” has no value that is a text.`);
        return [name, place === 'env_http_headers' ? `\${${one}}` : String(one)];
      });
    }),
  );
}

function originOf(address: string): string {
  const url = URL.parse(address);
  return url ? `${url.origin}/…` : maskText(address).slice(0, 300);
}
