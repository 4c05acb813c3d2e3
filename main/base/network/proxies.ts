/** By which proxy an address is reached: as the environment says, else as the system's settings do. */
import { BlockList, isIP } from 'node:net';
import { ProxyError } from './proxy-error.ts';

/** A proxy, and who says that it is to be used: a variable of the environment, or the system's settings. */
export interface NamedProxy {
  url: URL;
  from: string;
}

/** A proxy, or `undefined`: directly. */
export type Way = NamedProxy | undefined;

/** The ways to an address, the best first. Rejects with a {@link ProxyError} when what names them cannot be used. */
export type FindWays = (url: URL) => Promise<[Way, ...Way[]]>;

/** Of a proxy that the system's settings name, for people. */
export const SYSTEM = 'the system’s proxy settings';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the ways by `env` as curl does (`https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`, in capitals too; a name
 * without a scheme is an HTTP proxy), and where that names none by `system`: what a PAC script answers ("PROXY
 * host:port; DIRECT"). What is on this computer is reached directly, whatever these say.
 */
export function createFindWays(env: Environment, system?: (url: URL) => Promise<string>): FindWays {
  return async (url) => {
    if (isLoopback(url)) return [undefined];
    const named = environmentProxy(env, url.protocol);
    if (named) return [isExempt(url, variable(env, 'no_proxy')?.value ?? '') ? undefined : parse(named)];
    return waysOf(system ? await system(url) : '');
  };
}

/** What the environment has under `name`, in small letters or in capitals, where it is not empty. */
function variable(env: Environment, name: string): { from: string; value: string } | undefined {
  for (const from of [name, name.toUpperCase()]) {
    const value = env[from]?.trim();
    if (value) return { from, value };
  }
  return undefined;
}

/** The variable that names the proxy for `protocol` ("https:"). */
export function environmentProxy(
  env: Environment,
  protocol: string,
): { from: string; value: string } | undefined {
  return variable(env, protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? variable(env, 'all_proxy');
}

/** Whether `env` names a proxy at all. */
export function namesProxy(env: Environment): boolean {
  return environmentProxy(env, 'https:') !== undefined || environmentProxy(env, 'http:') !== undefined;
}

/**
 * What programs that know nothing of the system's settings are told of them by their environment: the proxies for a
 * place that is nowhere near; a PAC script may have others for some. Rejects when what names them cannot be used.
 */
export async function proxyVariables(system: (url: URL) => Promise<string>): Promise<Record<string, string>> {
  const named: Record<string, string> = {};
  for (const scheme of ['https', 'http']) {
    const [way] = waysOf(await system(new URL(`${scheme}://example.com/`)));
    if (way?.url.protocol === 'http:' || way?.url.protocol === 'https:')
      named[`${scheme.toUpperCase()}_PROXY`] = way.url.origin;
  }
  return Object.keys(named).length > 0 ? { ...named, NO_PROXY: 'localhost,127.0.0.1,::1' } : {};
}

function parse({ from, value }: { from: string; value: string }): NamedProxy {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  // What it says may hold a password.
  if (!url?.hostname)
    throw new ProxyError(
      `${from} is not the address of a proxy. Set it to one such as http://proxy.example.com:3128, or unset it, then start Greenlight again.`,
    );
  return { from, url };
}

/** What a PAC script answers, in its order. */
function waysOf(answer: string): [Way, ...Way[]] {
  const [first = '', ...more] = answer.split(';').filter((each) => each.trim() !== '');
  return [wayOf(first), ...more.map(wayOf)];
}

function wayOf(answer: string): Way {
  const [kind = '', place = ''] = answer.trim().split(/\s+/);
  const scheme = {
    PROXY: 'http',
    HTTP: 'http',
    HTTPS: 'https',
    SOCKS: 'socks',
    SOCKS4: 'socks4',
    SOCKS5: 'socks5',
  }[kind.toUpperCase()];
  return scheme === undefined ? undefined : parse({ from: SYSTEM, value: `${scheme}://${place}` });
}

/** Whether `url` is on this computer. */
export function isLoopback({ hostname }: URL): boolean {
  const host = bare(hostname);
  return /^(.*\.)?localhost$/.test(host) || (isIP(host) !== 0 && loopback.check(host, kind(host)));
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('0.0.0.0');
loopback.addAddress('::1', 'ipv6');
loopback.addAddress('::', 'ipv6');

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function kind(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/**
 * Whether a list such as `no_proxy` exempts `url`: `*`, a name with all below it (`example.com`, `.example.com`), only
 * what is below it (`*.example.com`), an address, a block of addresses (`10.0.0.0/8`), each with a port or for all.
 */
export function isExempt(url: URL, list: string): boolean {
  const host = bare(url.hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter(Boolean)
    .some((entry) => {
      const [, place = entry, only] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      return (only === undefined || only === port) && exempts(bare(place), host);
    });
}

function exempts(entry: string, host: string): boolean {
  if (entry === '*' || entry === host) return true;
  const [block = '', bits] = entry.split('/');
  if (bits !== undefined) return isIn(host, block, bits);
  const name = entry.replace(/^\*?\./, '');
  return (name === host && !entry.startsWith('*')) || (name !== '' && host.endsWith(`.${name}`));
}

function isIn(host: string, block: string, bits: string): boolean {
  if (isIP(host) === 0 || isIP(block) === 0 || !/^\d{1,3}$/.test(bits)) return false;
  const most = isIP(block) === 6 ? 128 : 32;
  if (Number(bits) > most) return false;
  const list = new BlockList();
  list.addSubnet(block, Number(bits), kind(block));
  return list.check(host, kind(host));
}
