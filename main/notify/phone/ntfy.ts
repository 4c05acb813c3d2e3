/** Speaks to an ntfy server as far as Greenlight needs it: https://docs.ntfy.sh/publish/, .../subscribe/api/. */
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { networkProblem } from '../../base/network/failure.ts';
import type { Network } from '../../base/network/network.ts';
import type { Clock } from '../../base/ports.ts';

/** How long the server has to take a message, or to begin with what it has (ms). */
const LIMIT = 10_000;

/** Past this without a sign of life (ms) a connection is made anew: ntfy sends one every 45 s. */
const SILENCE = 150_000;

/** Bytes of one line, and of all that one connection may bring: an answer is a line of a few hundred. */
const LINE = 16_384;
const MOST_READ = 1_048_576;

const ADVICE: Record<number, string> = {
  401: 'It must let everyone publish to the topic that Settings shows.',
  403: 'It must let everyone publish to the topic that Settings shows.',
  429: 'It takes no more for now: wait a while, or use a server of your own.',
};

/** What the phone shows. One `id` is one notification there: what comes later takes its place. */
export interface PhoneMessage {
  id: string;
  title: string;
  body: string;
  /** Whether the phone makes itself heard. */
  loud: boolean;
  /** Its buttons, at most three: pressed, the phone publishes `says` to `topic`. */
  buttons?: readonly { label: string; topic: string; says: string }[];
}

/** Has `server` hand `message` to whoever listens to `topic`. Throws {@link UserFacingError}. */
export async function publish(
  server: string,
  topic: string,
  message: PhoneMessage,
  { fetch, closing }: { fetch: Network['fetch']; closing: AbortSignal },
): Promise<void> {
  const { id, title, body, loud, buttons = [] } = message;
  const actions = buttons.map((button) => ({
    action: 'http',
    label: button.label,
    url: new URL(`/${button.topic}`, server).href,
    method: 'POST',
    body: button.says,
    // The phone takes the notification down, once the server has the answer.
    clear: true,
  }));
  let status: number;
  try {
    const response = await fetch(server, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        topic,
        sequence_id: id,
        title,
        message: body,
        priority: loud ? 4 : 1,
        ...(actions.length > 0 && { actions }),
      }),
      signal: AbortSignal.any([closing, AbortSignal.timeout(LIMIT)]),
    });
    ({ status } = response);
    await response.body?.cancel();
  } catch (error) {
    throw new UserFacingError(
      'unavailable',
      `The ntfy server ${server} cannot be reached, so the phone is told nothing${why(error) ?? '. Check its address in Settings, and the network.'}`,
      { cause: error },
    );
  }
  if (status >= 200 && status < 300) return;
  throw new UserFacingError(
    'unavailable',
    `The ntfy server ${server} refused a message (status ${status}), so the phone is told nothing. ${
      ADVICE[status] ?? 'Check that its address in Settings is that of an ntfy server, and what its log says.'
    }`,
  );
}

/** Whoever follows a topic. */
export interface Follower {
  /** The server has begun. */
  begun(): void;
  /** A message, by the server's name for it; `undefined`: a line that is none. */
  take(message: { id: string; text: string } | undefined): void;
}

/**
 * Hands `follower` what was published to `topic` since the message `since` (or `all` of it), and what comes, until the
 * server ends it or `closing` is aborted. What the server sends is bounded, and nothing that it says of time is read.
 * Throws {@link UserFacingError}.
 */
export async function follow(
  server: string,
  { topic, since }: { topic: string; since: string },
  follower: Follower,
  { fetch, clock, closing }: { fetch: Network['fetch']; clock: Clock; closing: AbortSignal },
): Promise<void> {
  const ended = new AbortController();
  let cancel = clock.after(LIMIT, () => ended.abort());
  const signal = AbortSignal.any([closing, ended.signal]);
  try {
    const response = await fetch(new URL(`/${topic}/json?since=${since}`, server), {
      redirect: 'error',
      signal,
    });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new UserFacingError(
        'unavailable',
        `The ntfy server ${server} does not let answers be read (status ${response.status}), so the phone cannot answer. It must let everyone read and publish to topics that begin with “greenlight-”.`,
      );
    }
    follower.begun();
    let rest = Buffer.alloc(0);
    let read = 0;
    for await (const chunk of response.body) {
      cancel();
      cancel = clock.after(SILENCE, () => ended.abort());
      read += chunk.length;
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
        take(rest.subarray(0, end), follower);
        rest = rest.subarray(end + 1);
      }
      if (read > MOST_READ) throw new Error('the server sends more than answers');
      // Too long to be an answer: it is let go as it comes, and what is left at its end is none either.
      if (rest.length > LINE) rest = Buffer.alloc(0);
    }
  } catch (error) {
    if (closing.aborted) return;
    if (error instanceof UserFacingError) throw error;
    throw new UserFacingError(
      'unavailable',
      `The connection to the ntfy server ${server} ended, so the phone cannot answer for now: answer in Greenlight${why(error) ?? '. Check the network, and that the server is there.'}`,
      { cause: error },
    );
  } finally {
    cancel();
    ended.abort();
  }
}

function why(error: unknown): string | undefined {
  const problem = networkProblem(error);
  return problem && `: ${problem}`;
}

/** Hands on what one line says. Anybody may have written it, as long as they like. */
function take(line: Buffer, follower: Follower): void {
  if (line.length === 0) return;
  const said = line.length > LINE ? undefined : parsed(line.toString());
  if (said?.event === 'open' || said?.event === 'keepalive') return;
  const { id, message } = said ?? {};
  const isMessage = said?.event === 'message' && typeof id === 'string' && typeof message === 'string';
  follower.take(isMessage && /^[-\w]{1,64}$/.test(id) ? { id, text: message } : undefined);
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
