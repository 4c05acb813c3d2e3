import type { UpstreamAnswer } from '../upstream.ts';

/** An answer made here; `value` is sent as JSON, null as no body. */
export function jsonAnswer(
  status: number,
  value: object | null,
  headers: Record<string, string> = {},
): UpstreamAnswer {
  const all: Record<string, string> = value ? { ...headers, 'content-type': 'application/json' } : headers;
  return {
    status,
    header: (name) => all[name],
    body: {
      async *[Symbol.asyncIterator]() {
        if (value) yield Buffer.from(JSON.stringify(value));
      },
    },
  };
}
