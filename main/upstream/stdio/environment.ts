import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js';
import { namesProxy } from '../../base/network/proxies.ts';

/** What the person's programs are told about language, places and the way to the network; beside what the SDK lets children inherit. */
const INHERITED = [
  ...['LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'TMP', 'TEMP'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  ...['NODE_USE_SYSTEM_CA', 'NODE_USE_ENV_PROXY', 'UV_NATIVE_TLS', 'UV_SYSTEM_CERTS'],
  // Where a company has its own registries.
  ...['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'PIP_INDEX_URL', 'NPM_CONFIG_REGISTRY', 'npm_config_registry'],
  ...['DOCKER_HOST', 'DOCKER_CONTEXT', 'XDG_RUNTIME_DIR'],
];

/** Without these, programs of Windows do not find what they start, nor where they keep things. */
const OF_WINDOWS = ['COMSPEC', 'PATHEXT', 'WINDIR', 'PROGRAMDATA', 'ALLUSERSPROFILE', 'PROGRAMFILES(X86)'];

/** Where `uv`, `node`, `docker` and their like are installed, from the home folder. */
const USUAL = [
  ...['.local/bin', '.cargo/bin', '.volta/bin', '.bun/bin', '.docker/bin', '.nix-profile/bin'],
  ...['.asdf/shims', '.local/share/mise/shims'],
  ...['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin', '/home/linuxbrew/.linuxbrew/bin', '/snap/bin'],
  '/Applications/Docker.app/Contents/Resources/bin',
];

/**
 * The environment of a child: the few variables that it needs of this process's own and of `shell`, the person's login
 * shell where that was asked, and `given`, what the person entered; and where none of them names a proxy, `system`, which
 * says what the system's settings name. Programs are looked for where that shell does,
 * where this process does, and where they usually are.
 */
export function childEnvironment(
  given: Record<string, string>,
  shell: Record<string, string> = {},
  system: Record<string, string> = {},
): Record<string, string> {
  const told = { ...needed(process.env), ...needed(shell) };
  const proxies = namesProxy({ ...told, ...given }) ? {} : system;
  const inherited = { ...getDefaultEnvironment(), ...proxies, ...told };
  // loguru, which mcp-luma logs with, prints whole requests below this level.
  const base = { LOGURU_LEVEL: 'INFO' };
  if (process.platform === 'win32') return { ...inherited, ...base, ...given };
  const usual = USUAL.map((folder) => (folder.startsWith('/') ? folder : join(homedir(), folder)));
  const searched = [shell.PATH, inherited.PATH].flatMap((path = '') => path.split(delimiter));
  const folders = new Set([...searched, ...usual]);
  folders.delete('');
  return { ...inherited, ...base, PATH: [...folders].join(delimiter), ...given };
}

function needed(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = [...INHERITED, ...(process.platform === 'win32' ? OF_WINDOWS : [])];
  const locale = Object.keys(environment).filter((name) => name.startsWith('LC_'));
  return Object.fromEntries(
    [...names, ...locale].flatMap((name) => {
      const value = environment[name];
      // Bash exports functions so, which are code.
      return value === undefined || value.startsWith('()') ? [] : [[name, value]];
    }),
  );
}

/** What must not be logged of `environment`, beside what the person entered: passwords in addresses, of proxies for one. */
export function passwordsIn(environment: Record<string, string>): string[] {
  return Object.values(environment).flatMap((value) => /:\/\/[^/\s:@]*:([^/\s@]+)@/.exec(value)?.[1] ?? []);
}
