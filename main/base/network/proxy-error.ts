/** Why the proxy did not lead anywhere; `message` says so in the middle of a sentence, and what to do at its end. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** Whether the proxy itself was not reached: another way may lead there. */
  readonly unreached: boolean;

  constructor(message: string, { cause, unreached = false }: { cause?: unknown; unreached?: boolean } = {}) {
    super(message, { cause });
    this.unreached = unreached;
  }
}

/** The {@link ProxyError} that `error` is, or comes from. */
export function proxyErrorIn(error: unknown): ProxyError | undefined {
  for (let each = error; each instanceof Error; each = each.cause)
    if (each instanceof ProxyError) return each;
  return undefined;
}
