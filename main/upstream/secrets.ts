import type { UpstreamSettings } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { SecretVault } from '../base/ports.ts';
import type { UpstreamSecrets } from './create.ts';
import { readSignIn, signInName } from './sign-in/index.ts';

/** Under which names the vault keeps an upstream's secrets: per address, so that a token never goes elsewhere. */
function tokenName(url: string): string {
  return `upstream-token ${new URL(url).origin}`;
}

function envName(command: string, name: string): string {
  return `upstream-env ${command} ${name}`;
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

/** The names of all that the vault may keep for the upstream that `settings` name. */
function secretNames(settings: UpstreamSettings): string[] {
  switch (settings.kind) {
    case 'sandbox':
      return [];
    case 'http':
      return [tokenName(settings.url), signInName(settings.url)];
    case 'stdio':
      return settings.envNames.map((name) => envName(settings.command, name));
  }
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
      if (given.token !== undefined || given.signedIn !== undefined) return given;
      const token = await vault.get(tokenName(settings.url));
      // Each takes the place of the other, and asking a keyring takes a process.
      return token === undefined ? { signedIn: await readSignIn(settings.url, vault) } : { token };
    }
    case 'stdio': {
      const env: Record<string, string> = {};
      for (const name of settings.envNames) {
        const value = given.env?.[name] ?? (await vault.get(envName(settings.command, name)));
        if (value !== undefined) env[name] = value;
      }
      return { env };
    }
  }
}

/** Keeps the secrets that came with an upstream; what is absent stays as it is. */
export async function keepUpstreamSecrets(
  settings: UpstreamSettings,
  secrets: UpstreamSecrets,
  vault: SecretVault,
): Promise<void> {
  if (settings.kind === 'http') await keepOneOf(settings.url, secrets, vault);
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
