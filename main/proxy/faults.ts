import type { JsonObject } from '../../shared/json.ts';
import type { Place } from '../../shared/server-words.ts';
import type { UpstreamAnswer } from '../upstream/upstream.ts';
import { INTERNAL_ERROR, type RequestId, UPSTREAM_ERROR } from './messages.ts';
import type { Said } from './said.ts';

/** What went wrong with the upstream, for the agent: what happened, and whether to try again. */
export interface Fault {
  code: number;
  message: string;
  /** Whether trying again can help, and after how many seconds. */
  retry: boolean;
  retryAfterSeconds?: number | undefined;
  /** What the upstream adds for programs, where its error is a JSON-RPC error. */
  data?: JsonObject | undefined;
  /** Whether the upstream may have run the call. */
  ran: boolean;
}

/** The longest time that a Retry-After is believed (seconds). */
const LONGEST_RETRY = 86_400;

/** 4xx that may come after work was begun. */
const LATE_REFUSALS = new Set([408, 409, 499]);

/**
 * What an HTTP status of the upstream means, where it is no MCP answer, with what it says of it itself. Most of 4xx, 307
 * and 308 say that the request was turned away before anything ran; after anything else nobody knows. `place`: the page on
 * which the person mends it.
 */
export function statusFault(
  answer: Pick<UpstreamAnswer, 'status' | 'header'>,
  place: Place,
  said?: Said,
): Fault {
  const { status } = answer;
  const fault = (what: string, todo: string, retry: boolean, ran: boolean, wait?: number): Fault => ({
    code: said?.code ?? UPSTREAM_ERROR,
    message: [`${what} (HTTP ${status}).`, said && `It says: ${JSON.stringify(said.text)}.`, todo]
      .filter((part) => part)
      .join(' '),
    retry,
    retryAfterSeconds: wait,
    data: said?.data,
    ran,
  });
  const wait = retryAfter(answer);
  if (status === 401 || status === 403) {
    return fault(
      status === 401 || !said
        ? "The upstream refused Greenlight's token"
        : "The upstream does not permit this, or not with Greenlight's token",
      `Nothing ran. Do not retry; tell the user to check the upstream's token in Greenlight, under ${place}.`,
      false,
      false,
    );
  }
  if (status === 402) {
    return fault(
      'The upstream wants to be paid first',
      'Nothing ran. Do not retry; tell the user.',
      false,
      false,
    );
  }
  if (status === 429) {
    const when = wait === undefined ? 'in a minute' : `in ${wait} s`;
    return fault(
      'The upstream has too many requests',
      `Nothing ran. Try again ${when}.`,
      true,
      false,
      wait ?? 60,
    );
  }
  if (status >= 500) {
    return fault(
      'The upstream failed',
      'It is not known whether the call ran; look whether it did before you try again.',
      true,
      true,
      wait,
    );
  }
  if (status >= 300 && status < 400) {
    return fault(
      'The upstream redirects elsewhere',
      `Greenlight does not follow that. Tell the user to set the upstream's final address in Greenlight, under ${place}.`,
      false,
      status < 307,
    );
  }
  const late = LATE_REFUSALS.has(status);
  return fault(
    'The upstream refused the request',
    said
      ? late
        ? 'It is not known whether the call ran; look whether it did before you try again.'
        : 'Nothing ran.'
      : `Tell the user to check the upstream's address in Greenlight, under ${place}.`,
    false,
    late,
  );
}

/** The seconds of `Retry-After`, also of a date: by the server's own clock, which it is of. */
function retryAfter({ header }: Pick<UpstreamAnswer, 'header'>): number | undefined {
  const value = header('retry-after')?.trim() ?? '';
  const seconds = /^\d+(?:\.\d+)?$/.test(value)
    ? Number(value)
    : (Date.parse(value) - Date.parse(header('date') ?? '')) / 1000;
  return seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_RETRY) : undefined;
}

/** The upstream answered with something that is no MCP message. */
export function notMcp(place: Place): Fault {
  return {
    code: UPSTREAM_ERROR,
    message: `The upstream's answer is not an MCP message. Do not retry; tell the user to check the upstream's address in Greenlight, under ${place}.`,
    retry: false,
    ran: true,
  };
}

/** The upstream's answer is more than can be looked into. */
export const tooLarge: Fault = {
  code: UPSTREAM_ERROR,
  retry: false,
  ran: true,
  message: "The upstream's answer is larger than 4 MiB, which Greenlight does not let through. Ask for less.",
};

/** The upstream's answer is more than there is room for at the moment. */
export const crowded: Fault = {
  code: UPSTREAM_ERROR,
  message:
    "As many large answers wait to be read as there is memory for, so the upstream's answer was not let through. Read the answers that are open, and look what this call did before you try again.",
  retry: true,
  ran: true,
};

/** The upstream's answer cannot be passed on as it is. */
export const unreadable: Fault = {
  code: UPSTREAM_ERROR,
  retry: false,
  ran: true,
  message:
    "The upstream's answer is nested too deep, or holds more than 50,000 values, 10,000 different names or 10,000 numbers in an unusual spelling, so Greenlight cannot pass it on as it is. Ask for less.",
};

/** The upstream answered, but not this request. */
export const otherAnswer: Fault = {
  code: UPSTREAM_ERROR,
  message:
    'The upstream answered another request than this one. It is not known whether the call ran; look whether it did before you try again.',
  retry: true,
  ran: true,
};

/** The answer ended before it was complete. */
export const brokenOff: Fault = {
  code: UPSTREAM_ERROR,
  message:
    "The upstream's answer broke off. It is not known whether the call ran; look whether it did before you try again.",
  retry: true,
  ran: true,
};

/** Greenlight stopped while the upstream had the request. */
export const quitting: Fault = {
  code: INTERNAL_ERROR,
  message:
    'Greenlight is quitting. It is not known whether the call ran; look whether it did before you try again.',
  retry: true,
  ran: true,
};

/** The person revoked the client, exchanged its token, or took this server from it. */
export const revoked: Fault = {
  code: UPSTREAM_ERROR,
  message:
    'The user revoked this client in Greenlight, exchanged its token, or took this server from it, so what was under way was ended. It is not known whether the call ran. Do not retry; tell the user.',
  retry: false,
  ran: true,
};

/** The person removed the server. */
export const removed: Fault = {
  code: UPSTREAM_ERROR,
  message:
    'The user removed this server from Greenlight, so what was under way was ended. It is not known whether the call ran. Do not retry; tell the user.',
  retry: false,
  ran: true,
};

/** The upstream let a client wait that wants to open a session. */
export const notOpened: Fault = {
  code: UPSTREAM_ERROR,
  message:
    'The upstream did not answer in time: it hangs, or is being fetched or started, which can take minutes. Try again in a minute; if it stays so, tell the user to look at the upstream in Greenlight.',
  retry: true,
  ran: false,
};

/** Why Greenlight itself ended what `gone` stands for, where it did. */
export function endedBy(gone: AbortSignal): Fault | undefined {
  return [quitting, revoked, removed, notOpened].find((fault) => fault === gone.reason);
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
        ...fault.data,
        retry: fault.retry,
        ...(fault.retryAfterSeconds !== undefined && { retryAfterSeconds: fault.retryAfterSeconds }),
      },
    },
  };
}
