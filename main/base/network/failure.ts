import { certificateProblem } from './certificates.ts';
import { proxyErrorIn } from './proxy-error.ts';

/** The code of Node's `net`, `dns`, `tls` or undici's for what went wrong, however deep it is. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses were tried; each failure is inside.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error.cause === undefined ? error.name : codeOf(error.cause);
}

/** What kept a connection from being made and is no fault of the other side's, as the end of a sentence and what to do. */
export function networkProblem(error: unknown): string | undefined {
  const certificate = certificateProblem(codeOf(error));
  return proxyErrorIn(error)?.message ?? (certificate && `it ${certificate}.`);
}
