import { onPage, type Place } from '../../../shared/server-words.ts';
import { certificateProblem } from '../../base/network/certificates.ts';
import { codeOf } from '../../base/network/failure.ts';
import { proxyErrorIn } from '../../base/network/proxy-error.ts';
import { UpstreamError } from '../upstream.ts';

/**
 * Puts a failed exchange into words for people and agents. Only the origin is named: the rest of a URL
 * may hold secrets. Codes are those of Node's `net`, `dns` and `tls` and of undici.
 */
export function explainFailure(
  error: unknown,
  { origin, reached, place }: { origin: string; reached: boolean; place: Place },
): UpstreamError {
  const proxy = proxyErrorIn(error);
  if (proxy)
    return new UpstreamError(`The upstream at ${origin} was not reached: ${proxy.message}`, {
      reached,
      cause: error,
    });
  const code = codeOf(error);
  const words = reached ? explainBroken(code, onPage(place)) : explainUnconnected(code, onPage(place));
  return new UpstreamError(`The upstream at ${origin} ${words}`, { reached, cause: error });
}

/** The request never left: there was no connection to send it on. */
function explainUnconnected(code: string, there: string): string {
  const certificate = certificateProblem(code);
  if (certificate) return `${certificate}. Nothing was sent to it, and retrying will not help.`;
  switch (code) {
    case 'ENOTFOUND':
      return `was not found: its host name does not resolve. Check the URL ${there}.`;
    case 'EAI_AGAIN':
      return 'was not found: the name server does not answer. Check the network connection, then retry.';
    case 'ECONNREFUSED':
      return 'refused the connection: nothing listens there. Check the URL and that the server runs, then retry.';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return 'cannot be reached from this network. Check the network connection, then retry.';
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'did not accept a connection in time. It is safe to retry later.';
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `does not speak TLS there. Check the URL ${there}: perhaps http:// is meant, or another port.`;
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return 'is no longer in use: Greenlight was told to use another, or is quitting. It is safe to retry.';
    default:
      return code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')
        ? `could not set up a secure connection (${code}). Check the URL ${there}.`
        : `could not be connected to (${code}). It is safe to retry later.`;
  }
}

const UNKNOWN_OUTCOME = 'The request may have been carried out: check before trying again.';

/** The request was at least partly sent. */
function explainBroken(code: string, there: string): string {
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return `did not answer in time. ${UNKNOWN_OUTCOME}`;
  if (code.startsWith('HPE_') || code === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return `sent something that is not a valid HTTP answer. Check the URL ${there}.`;
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return `was given up while it worked: Greenlight was told to use another, or is quitting. ${UNKNOWN_OUTCOME}`;
  }
  return `closed the connection before its answer was complete. ${UNKNOWN_OUTCOME}`;
}
