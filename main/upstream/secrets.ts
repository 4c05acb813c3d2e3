import type { UpstreamSettings } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { SecretVault } from '../base/ports.ts';
import type { UpstreamSecrets } from './create.ts';
import { readSignIn, signInName } from './sign-in/index.ts';

/** Under which names the vault keeps an upstream's secrets: per address, so that a token never goes elsewhere. */
function tokenName(url: string): string {
  return `upstream-token ${new URL(url).origin}`;
}

/** `where`: the command, or the origin of the address. */
function envName(where: string, name: string): string {
  return `upstream-env ${where} ${name}`;
}

function headerName(url: string, name: string): string {
  return `upstream-header ${new URL(url).origin} ${name}`;
}

/** Throws a {@link UserFacingError} where `settings` would keep a secret themselves. */
export function refuseSecretsIn(settings: UpstreamSettings): void {
  if (settings.kind !== 'http') return;
  const { username, password } = new URL(settings.url);
  if (username || password) {
    throw new UserFacingError(
      'invalid',
      'The address holds a user name or a password, and the settings file is no place for it. Leave it out and give the token by itself.',
    );
  }
}

/** The names of what the vault keeps beside a token: the values of variables and headers. */
function valueNames(settings: UpstreamSettings): string[] {
  switch (settings.kind) {
    case 'sandbox':
      return [];
    case 'http': {
      const { url, envNames = [], headerNames = [] } = settings;
      return [
        ...envNames.map((name) => envName(new URL(url).origin, name)),
        ...headerNames.map((name) => headerName(url, name)),
      ];
    }
    case 'stdio':
      return settings.envNames.map((name) => envName(settings.command, name));
  }
}

/** The names of all that the vault may keep for the upstream that `settings` name. */
function secretNames(settings: UpstreamSettings): string[] {
  const token = settings.kind === 'http' ? [tokenName(settings.url), signInName(settings.url)] : [];
  return [...token, ...valueNames(settings)];
}

/** Takes the values out of the vault that `before` names, and `now` does not: nothing asks for them again. */
export async function forgetUnusedValues(
  before: UpstreamSettings,
  now: UpstreamSettings,
  vault: SecretVault,
): Promise<void> {
  const used = new Set(valueNames(now));
  for (const name of valueNames(before)) if (!used.has(name)) await vault.delete(name);
}

/** The secrets of the upstream that `settings` name. What is given is not asked for: it may be there unreadable. */
export async function readUpstreamSecrets(
  settings: UpstreamSettings,
  vault: SecretVault,
  given: UpstreamSecrets = {},
): Promise<UpstreamSecrets> {
  switch (settings.kind) {
    case 'sandbox':
      return {};
    case 'http': {
      const { url, envNames = [], headerNames = [] } = settings;
      const { origin } = new URL(url);
      const env = await kept(envNames, given.env, (name) => vault.get(envName(origin, name)));
      const headers = await kept(headerNames, given.headers, (name) => vault.get(headerName(url, name)));
      const beside = { ...(envNames.length > 0 && { env }), ...(headerNames.length > 0 && { headers }) };
      if (given.token !== undefined || given.signedIn !== undefined) return { ...given, ...beside };
      const token = await vault.get(tokenName(url));
      // Each takes the place of the other, and asking a keyring takes a process.
      return token === undefined
        ? { signedIn: await readSignIn(url, vault), ...beside }
        : { token, ...beside };
    }
    case 'stdio':
      return {
        env: await kept(settings.envNames, given.env, (name) => vault.get(envName(settings.command, name))),
      };
  }
}

/** The values of `names`, as they are given, or kept; what is neither is left out. */
async function kept(
  names: readonly string[],
  given: Readonly<Record<string, string>> = {},
  read: (name: string) => Promise<string | undefined>,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = given[name] ?? (await read(name));
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** Keeps the secrets that came with an upstream; what is absent stays as it is. */
export async function keepUpstreamSecrets(
  settings: UpstreamSettings,
  secrets: UpstreamSecrets,
  vault: SecretVault,
): Promise<void> {
  if (settings.kind === 'http') {
    const { url } = settings;
    const { origin } = new URL(url);
    for (const [name, value] of Object.entries(secrets.env ?? {}))
      await vault.set(envName(origin, name), value);
    for (const [name, value] of Object.entries(secrets.headers ?? {}))
      await vault.set(headerName(url, name), value);
    await keepOneOf(url, secrets, vault);
  }
  if (settings.kind === 'stdio') {
    for (const [name, value] of Object.entries(secrets.env ?? {})) {
      await vault.set(envName(settings.command, name), value);
    }
  }
}

/** A token and a sign-in take the place of each other. */
async function keepOneOf(
  url: string,
  { token, signedIn }: UpstreamSecrets,
  vault: SecretVault,
): Promise<void> {
  if (signedIn !== undefined) {
    await vault.set(signInName(url), JSON.stringify(signedIn));
    await vault.delete(tokenName(url));
  } else if (token !== undefined) {
    await vault.set(tokenName(url), token);
    await vault.delete(signInName(url));
  }
}

/**
 * Takes the secrets of the upstream that `settings` name out of the vault, unread: one that cannot be decrypted
 * goes too. Returns whether this upstream can have any.
 */
export async function forgetUpstreamSecrets(
  settings: UpstreamSettings,
  vault: SecretVault,
): Promise<boolean> {
  const names = secretNames(settings);
  for (const name of names) await vault.delete(name);
  return names.length > 0;
}
