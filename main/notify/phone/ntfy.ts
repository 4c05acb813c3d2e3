/** Speaks to an ntfy server as far as Greenlight needs it: https://docs.ntfy.sh/publish/. */
import { UserFacingError } from '../../../shared/user-facing-error.ts';

/** How long the server has to take a message (ms). */
const LIMIT = 10_000;

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
}

/** Has `server` hand `message` to whoever listens to `topic`. Throws {@link UserFacingError}. */
export async function publish(
  server: string,
  topic: string,
  message: PhoneMessage,
  closing: AbortSignal,
): Promise<void> {
  const { id, title, body, loud } = message;
  let status: number;
  try {
    const response = await fetch(server, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ topic, sequence_id: id, title, message: body, priority: loud ? 4 : 1 }),
      signal: AbortSignal.any([closing, AbortSignal.timeout(LIMIT)]),
    });
    ({ status } = response);
    await response.body?.cancel();
  } catch (error) {
    throw new UserFacingError(
      'unavailable',
      `The ntfy server ${server} cannot be reached, so the phone is told nothing. Check its address in Settings, and the network.`,
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
