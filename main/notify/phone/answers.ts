/**
 * Reads what the phone answers, from a topic of the ntfy server, while a question with buttons is there. Greenlight asks
 * the server; nothing listens for it. Whoever reads a question can publish there: what counts is the signature.
 */
import { randomBytes } from 'node:crypto';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import type { Network } from '../../base/network/network.ts';
import type { Clock, Logger } from '../../base/ports.ts';
import { follow } from './ntfy.ts';
import { createSigning, type Signing } from './signing.ts';

/** Milliseconds until a connection that ended is made again, doubled each time. */
const RETRY = { first: 2_000, longest: 60_000 };

/** As much that is no answer is read of one topic; a person presses too late a few times. */
const MOST_IGNORED = 100;

/** The phone's answers. */
export interface Answers {
  readonly signing: Signing;
  /** The topic of `server` that answers are read from, from now on: another one each time that it begins. */
  open(server: string): string;
  /** No question waits for an answer from there. */
  close(): void;
  /** Why no answer can be read. */
  problem(): string | undefined;
}

/** `take` is told each text that was published, and returns whether it was an answer; `changed`: `problem()` is another. */
export function createAnswers(parts: {
  fetch: Network['fetch'];
  clock: Clock;
  logger: Logger;
  take: (text: string) => boolean;
  changed: () => void;
}): Answers {
  const { fetch, clock, logger, take, changed } = parts;
  let reading: { server: string; topic: string; closing: AbortController } | undefined;
  let problem: string | undefined;

  function note(next: string | undefined): void {
    if (next === problem) return;
    problem = next;
    changed();
  }

  async function read(server: string, topic: string, closing: AbortSignal): Promise<void> {
    let since = 'all';
    let ignored = 0;
    let delay = RETRY.first;
    while (!closing.aborted) {
      let begun = Number.POSITIVE_INFINITY;
      try {
        const follower = {
          begun() {
            begun = clock.now();
            note(undefined);
          },
          take(message: { id: string; text: string } | undefined) {
            if (closing.aborted || ignored > MOST_IGNORED) return;
            if (message !== undefined) since = message.id;
            if (message === undefined || !take(message.text)) ignored += 1;
            if (ignored > MOST_IGNORED) throw flooded(server);
          },
        };
        await follow(server, { topic, since }, follower, { fetch, clock, closing });
      } catch (error) {
        if (closing.aborted) return;
        logger.warn({ reason: String(error), ignored }, 'answers from the phone could not be read');
        note(error instanceof UserFacingError ? error.message : String(error));
      }
      if (ignored > MOST_IGNORED) return;
      // One that held for a while is no server that only lets everyone in.
      if (clock.now() - begun > RETRY.longest) delay = RETRY.first;
      await pause(delay, closing);
      delay = Math.min(2 * delay, RETRY.longest);
    }
  }

  function pause(ms: number, closing: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        closing.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(ms, done);
      closing.addEventListener('abort', done);
    });
  }

  function close(): void {
    reading?.closing.abort();
    reading = undefined;
    note(undefined);
  }

  return {
    signing: createSigning(),
    open(server) {
      if (reading?.server === server) return reading.topic;
      close();
      const closing = new AbortController();
      const topic = `greenlight-answer-${randomBytes(24).toString('base64url')}`;
      reading = { server, topic, closing };
      void read(server, topic, closing.signal);
      return topic;
    },
    close,
    problem: () => problem,
  };
}

function flooded(server: string): UserFacingError {
  return new UserFacingError(
    'unavailable',
    `Something else than the phone publishes where it answers on ${server}, so nothing more is read from there: answer in Greenlight. Choose New topic in Settings, in case others learned the topic.`,
  );
}
