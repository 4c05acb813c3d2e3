import type { UpstreamAnswer } from '../upstream/upstream.ts';
import { INTERNAL_ERROR, type RequestId, UPSTREAM_ERROR } from './messages.ts';

/** What went wrong with the upstream, for the agent: what happened, and whether to try again. */
export interface Fault {
  code: number;
  message: string;
  /** Whether trying again can help, and after how many seconds. */
  retry: boolean;
  retryAfterSeconds?: number | undefined;
  /** Whether the upstream may have run the call. */
  ran: boolean;
}

/** The longest time that a Retry-After is believed (seconds). */
const LONGEST_RETRY = 86_400;

/** 4xx that may come after work was begun. */
const LATE_REFUSALS = new Set([408, 409, 499]);

/**
 * What an HTTP status of the upstream means, where it is no MCP answer. Most of 4xx, 307 and 308 say that
 * the request was turned away before anything ran; after anything else nobody knows.
 */
export function statusFault(answer: Pick<UpstreamAnswer, 'status' | 'header'>): Fault {
  const { status } = answer;
  if (status === 401 || status === 403) {
    return {
      code: UPSTREAM_ERROR,
      message: `The upstream refused Greenlight's token (HTTP ${status}). Do not retry; tell the user to check the upstream's token in Greenlight, under Settings.`,
      retry: false,
      ran: false,
    };
  }
  if (status === 429) {
    const seconds = Number(answer.header('retry-after'));
    const wait =
      Number.isFinite(seconds) && seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_RETRY) : undefined;
    return {
      code: UPSTREAM_ERROR,
      message: `The upstream has too many requests (HTTP 429). Try again ${wait === undefined ? 'in a minute' : `in ${wait} s`}.`,
      retry: true,
      retryAfterSeconds: wait ?? 60,
      ran: false,
    };
  }
  if (status >= 500) {
    return {
      code: UPSTREAM_ERROR,
      message: `The upstream failed (HTTP ${status}). It is not known whether the call ran; look for its task before you try again.`,
      retry: true,
      ran: true,
    };
  }
  if (status >= 300 && status < 400) {
    return {
      code: UPSTREAM_ERROR,
      message: `The upstream redirects elsewhere (HTTP ${status}), which Greenlight does not follow. Tell the user to set the upstream's final address in Greenlight, under Settings.`,
      retry: false,
      ran: status < 307,
    };
  }
  return {
    code: UPSTREAM_ERROR,
    message: `The upstream refused the request (HTTP ${status}). Tell the user to check the upstream's address in Greenlight, under Settings.`,
    retry: false,
    ran: LATE_REFUSALS.has(status),
  };
}

/** The upstream answered with something that is no MCP message. */
export const notMcp: Fault = {
  code: UPSTREAM_ERROR,
  message:
    "The upstream's answer is not an MCP message. Do not retry; tell the user to check the upstream's address in Greenlight, under Settings.",
  retry: false,
  ran: true,
};

/** The upstream's answer is more than can be looked into. */
export const tooLarge: Fault = {
  ...notMcp,
  message: "The upstream's answer is larger than 4 MiB, which Greenlight does not let through. Ask for less.",
};

/** The upstream's answer is more than there is room for at the moment. */
export const crowded: Fault = {
  code: UPSTREAM_ERROR,
  message:
    "As many large answers wait to be read as there is memory for, so the upstream's answer was not let through. Read the answers that are open, and look for the task of this call before you try again.",
  retry: true,
  ran: true,
};

/** The upstream's answer cannot be passed on as it is. */
export const unreadable: Fault = {
  ...notMcp,
  message:
    "The upstream's answer is nested too deep, or holds more than 50,000 values, 10,000 different names or 10,000 numbers in an unusual spelling, so Greenlight cannot pass it on as it is. Ask for less.",
};

/** The upstream answered, but not this request. */
export const otherAnswer: Fault = {
  code: UPSTREAM_ERROR,
  message:
    'The upstream answered another request than this one. It is not known whether the call ran; look for its task before you try again.',
  retry: true,
  ran: true,
};

/** The answer ended before it was complete. */
export const brokenOff: Fault = {
  code: UPSTREAM_ERROR,
  message:
    "The upstream's answer broke off. It is not known whether the call ran; look for its task before you try again.",
  retry: true,
  ran: true,
};

/** Greenlight stopped while the upstream had the request. */
export const quitting: Fault = {
  code: INTERNAL_ERROR,
  message:
    'Greenlight is quitting. It is not known whether the call ran; look for its task before you try again.',
  retry: true,
  ran: true,
};

/** The person revoked the client, or exchanged its token. */
export const revoked: Fault = {
  code: UPSTREAM_ERROR,
  message:
    'The user revoked this client in Greenlight, or exchanged its token, so what was under way was ended. It is not known whether the call ran. Do not retry; tell the user.',
  retry: false,
  ran: true,
};

/** Why Greenlight itself ended what `gone` stands for, where it did. */
export function endedBy(gone: AbortSignal): Fault | undefined {
  return [quitting, revoked].find((fault) => fault === gone.reason);
}

/** Greenlight's own fault. */
export const internal: Fault = {
  code: INTERNAL_ERROR,
  message:
    'Greenlight met an error of its own and forwarded nothing more. Try again; if it stays, tell the user.',
  retry: true,
  ran: true,
};

/** `fault` as a JSON-RPC error. */
export function faultMessage(id: RequestId | null, fault: Fault) {
  return {
    jsonrpc: '2.0' as const,
    id,
    error: {
      code: fault.code,
      message: `Greenlight: ${fault.message}`,
      data: {
        retry: fault.retry,
        ...(fault.retryAfterSeconds !== undefined && { retryAfterSeconds: fault.retryAfterSeconds }),
      },
    },
  };
}
