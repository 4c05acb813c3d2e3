import type { Network } from '../../base/network/network.ts';
import { guardedFetch } from './guarded-fetch.ts';
import type { SignedIn } from './signed-in.ts';

/**
 * Tells the authorization server that the person has signed out (RFC 7009), where it takes that: it ends the tokens that
 * were renewed with the one it is told, too. Never rejects: here they are forgotten all the same.
 */
export async function revoke(signedIn: SignedIn, upstream: URL, network: Network): Promise<void> {
  const { revocationEndpoint, client, refresh, access } = signedIn;
  if (revocationEndpoint === undefined) return;
  const { client_id, client_secret } = client;
  const body = new URLSearchParams({
    token: refresh ?? access,
    client_id,
    ...(client_secret && { client_secret }),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  await guardedFetch(network, upstream)(revocationEndpoint, { method: 'POST', headers, body }).catch(
    () => {},
  );
}
