import type { Place } from '../../../shared/server-words.ts';
import { createListeners } from '../../base/listeners.ts';
import type { Network } from '../../base/network/network.ts';
import type { Clock, Logger, SecretVault } from '../../base/ports.ts';
import type { Credentials } from '../credentials.ts';
import { createCredentials } from './credentials.ts';
import { type Attempt, beginSignIn } from './sign-in.ts';
import { readSignedIn, type SignedIn } from './signed-in.ts';

export type { SignedIn } from './signed-in.ts';

/** Under which name the vault keeps a sign-in: per address, so that its tokens never go elsewhere. */
export function signInName(url: string): string {
  const { origin, pathname } = new URL(url);
  return `upstream-sign-in ${origin}${pathname}`;
}

/** What the vault keeps of a sign-in to the upstream at `url`. */
export async function readSignIn(url: string, vault: SecretVault): Promise<SignedIn | undefined> {
  return readSignedIn(await vault.get(signInName(url)));
}

/** How the person's sign-in to the upstream in use stands. */
interface SignInStatus {
  /** `waiting`: for the person, in their browser. `over`: it has to be done again. */
  state: 'out' | 'waiting' | 'in' | 'over';
  at?: string | undefined;
  until?: number | undefined;
  renews?: boolean | undefined;
  /** Why the last attempt failed, or the sign-in is over, and what to do. */
  message?: string | undefined;
}

/** The person's sign-in to the upstream by OAuth. */
export interface SignIn {
  /**
   * Begins to sign in to the upstream at `url`, in place of an attempt that waits, and returns the page to open. `use`
   * gets what comes of it; `filled`: `url` with the values that it names. Throws a {@link UserFacingError}.
   */
  begin(url: string, use: (signedIn: SignedIn) => Promise<void>, filled?: string): Promise<string>;
  /** Who is to call the upstream at `url`. They keep what comes of renewals once they are in use. */
  credentials(url: string, signedIn: SignedIn | undefined): Credentials | undefined;
  /** These are in use from now on. */
  use(credentials: Credentials | undefined): void;
  /** The person signs out: nothing more is kept of those in use, their server is told, and no attempt waits. */
  leave(): Promise<void>;
  /** How it stands with the upstream at `url`, which is in use. */
  status(url: string): SignInStatus;
  /** Calls `listener` when `status()` is another, until the returned function is called. */
  onChange(listener: () => void): () => void;
  close(): void;
}

export function createSignIn(parts: {
  vault: SecretVault;
  network: Network;
  clock: Clock;
  logger: Logger;
  /** The page on which the person signs in. */
  place: Place;
}): SignIn {
  const { vault, network, clock, logger, place } = parts;
  const listeners = createListeners<() => void>(logger);
  let attempt: { url: string; cancel: () => void } | undefined;
  let failed: { url: string; why: string } | undefined;
  let inUse: Credentials | undefined;
  let keeping: Promise<void> = Promise.resolve();

  function cancel(): void {
    const waiting = attempt;
    attempt = undefined;
    waiting?.cancel();
  }

  return {
    async begin(url, use, filled = url) {
      cancel();
      failed = undefined;
      let mine: Attempt | undefined;
      mine = await beginSignIn({
        upstream: new URL(filled),
        network,
        clock,
        logger,
        done: use,
        ended(why) {
          if (attempt !== undefined && attempt.cancel === mine?.cancel) {
            attempt = undefined;
            failed = why === undefined ? undefined : { url, why };
          }
          listeners.tell();
        },
      });
      // Another one that was begun meanwhile.
      cancel();
      attempt = { url, cancel: mine.cancel };
      listeners.tell();
      return mine.page;
    },
    credentials(url, signedIn) {
      if (signedIn === undefined) return undefined;
      // Two of the same sign-in would renew it twice, and its server takes each refresh token once.
      if (inUse?.are(signedIn.access)) return inUse;
      const mine = createCredentials({
        upstream: new URL(url),
        signedIn,
        async keep(next) {
          if (inUse !== mine) return;
          keeping = vault.set(signInName(url), JSON.stringify(next));
          await keeping;
        },
        changed: () => listeners.tell(),
        network,
        clock,
        logger,
        place,
      });
      return mine;
    },
    use(credentials) {
      inUse = credentials;
    },
    async leave() {
      cancel();
      const before = inUse;
      inUse = undefined;
      await keeping.catch(() => {});
      // Not waited for: the server may be away.
      void before?.revoke();
    },
    status(url) {
      if (attempt?.url === url) return { state: 'waiting' };
      const why = failed?.url === url ? failed.why : undefined;
      if (inUse === undefined) return { state: 'out', message: why };
      const { at, until, renews, over } = inUse.status();
      if (over !== undefined) return { state: 'over', at, message: why ?? over };
      return { state: 'in', at, until, renews, message: why };
    },
    onChange: listeners.add,
    close: cancel,
  };
}
