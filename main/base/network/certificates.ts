import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import type { Logger } from '../ports.ts';

/** Whose certificates are trusted is settled once. */
let settled = false;

/**
 * Has this process trust the authorities of the system's store and of the file that NODE_EXTRA_CA_CERTS names, beside
 * those that come with Node. It takes a tenth of a second, so it is done for the first secure connection. Packed, Electron
 * leaves the file out by its fuse against NODE_OPTIONS. A runtime without these functions (before Node 24.5) stays with
 * what it trusts.
 */
export function trustSystemAuthorities(env: NodeJS.ProcessEnv, logger: Logger): void {
  if (settled) return;
  settled = true;
  if (typeof tls.setDefaultCACertificates !== 'function') return;
  const use = (which: string, certificates: () => string[]) => {
    try {
      tls.setDefaultCACertificates([...new Set([...tls.getCACertificates('default'), ...certificates()])]);
      return true;
    } catch (error) {
      // The others are trusted all the same; an error of a connection says what to do.
      logger.warn({ reason: String(error) }, `${which} cannot be used`);
      return false;
    }
  };
  const system = () => tls.getCACertificates('system');
  const named = () => extraAuthorities(env.NODE_EXTRA_CA_CERTS);
  const all = () => [...system(), ...named()];
  if (use('the system’s certificates together with those of NODE_EXTRA_CA_CERTS', all)) return;
  use('the system’s certificates', system);
  use('the file of NODE_EXTRA_CA_CERTS', named);
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function extraAuthorities(path: string | undefined): string[] {
  if (!path || tls.getCACertificates('extra').length > 0) return [];
  const found = readFileSync(path, 'utf8').match(CERTIFICATE);
  if (found === null) throw new Error(`${path} holds no certificate (PEM)`);
  return found;
}

const UNKNOWN_AUTHORITY =
  'showed a TLS certificate of an authority that this computer does not trust. If it is your own, or your company’s, put that authority’s certificate into the system’s store, or its file’s path into the environment variable NODE_EXTRA_CA_CERTS, then start Greenlight again';

/** X.509 verification errors of OpenSSL, as Node names them: what the other side did, and what may help. */
const problems: Partial<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'showed a TLS certificate that has expired',
  CERT_NOT_YET_VALID: 'showed a TLS certificate that is not valid yet (is the clock of this computer right?)',
  CERT_REVOKED: 'showed a TLS certificate that was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'showed a self-signed TLS certificate. If it is yours, put it into the system’s store, or its file’s path into the environment variable NODE_EXTRA_CA_CERTS, then start Greenlight again',
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${UNKNOWN_AUTHORITY} (or ask its operator to send the whole chain of certificates)`,
  ERR_TLS_CERT_ALTNAME_INVALID: 'showed a TLS certificate that is for another host name',
};

/** What was wrong with a certificate, for a code of Node's `tls`; `undefined` where it is about none. */
export function certificateProblem(code: string): string | undefined {
  return problems[code];
}
