/**
 * Tells the phone what waits, by an ntfy server. It only tells: nothing that the phone or the server says is read, so
 * no answer can come that way.
 */
import { randomBytes } from 'node:crypto';
import type { Settings } from '../../../shared/settings.ts';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { createListeners } from '../../base/listeners.ts';
import type { Clock, Logger, SecretVault } from '../../base/ports.ts';
import { type AnnouncedApproval, noticeFor } from '../notice.ts';
import { oneLine } from '../text.ts';
import { type PhoneMessage, publish } from './ntfy.ts';

/** As many questions are on the phone at once; the next is told when one of them is over. */
const MOST = 5;

/** Milliseconds until a message is tried again, doubled each time. */
const RETRY = { first: 10_000, longest: 600_000 };

/** The name in the vault. */
const TOPIC = 'phone-topic';

/** How long the end of Greenlight waits for what is taken down (ms). */
const CLOSING = 2_000;

/** What waits, on the phone. */
export interface Phone {
  /** Told the approvals that wait now, whenever they or the settings change. Never throws. */
  update(pending: readonly AnnouncedApproval[]): void;
  /** The topic that the phone listens to, made when it is first asked for. Rejects when it cannot be kept. */
  topic(): Promise<string>;
  /** Makes a new topic; the old one is told nothing more. Rejects when it cannot be kept; all is then as it was. */
  renew(): Promise<string>;
  /** Sends a test. Throws {@link UserFacingError} where the server does not take it. */
  test(): Promise<void>;
  /** Why the phone is not told what waits. */
  problem(): string | undefined;
  /** Calls `listener` when `problem()` has changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Takes down what it shows, as far as that is done soon. */
  close(): Promise<void>;
}

/** Where a question was told, and as what. */
interface Told {
  server: string;
  topic: string;
  title: string;
}

/** `quiet`: whether the person wants to hear nothing now. */
export function createPhone(parts: {
  secrets: SecretVault;
  clock: Clock;
  logger: Logger;
  settings: () => Settings['phone'];
  quiet: () => boolean;
}): Phone {
  const { secrets, clock, logger, settings, quiet } = parts;
  const listeners = createListeners<() => void>(logger);
  const closing = new AbortController();
  const told = new Map<string, Told>();
  let waiting: readonly AnnouncedApproval[] = [];
  let topic: Promise<string> | undefined;
  let problem: string | undefined;
  let working: Promise<void> | undefined;
  /** The next try, after one that failed with `server`. */
  let retry: { server: string; cancel: () => void } | undefined;
  let delay = RETRY.first;

  function note(next: string | undefined): void {
    if (next === problem) return;
    problem = next;
    listeners.tell();
  }

  async function keepNew(): Promise<string> {
    const made = `greenlight-${randomBytes(24).toString('base64url')}`;
    await secrets.set(TOPIC, made).catch(notKept);
    return made;
  }

  /** Asked for by several at once, it is read, or made, once. */
  function ready(): Promise<string> {
    if (topic !== undefined) return topic;
    const reading = secrets
      .get(TOPIC)
      .catch(notKept)
      .then((known) => known ?? keepNew());
    topic = reading;
    reading.catch(() => {
      if (topic === reading) topic = undefined;
    });
    return reading;
  }

  function nextToTell(): AnnouncedApproval | undefined {
    if (!settings().enabled || quiet() || told.size >= MOST) return undefined;
    return waiting.find(({ id }) => !told.has(id));
  }

  /** What is on a phone and has nothing to do there any more. */
  async function over(): Promise<[string, Told] | undefined> {
    if (told.size === 0) return undefined;
    const { enabled, server } = settings();
    const now = await ready();
    return [...told].find(
      ([id, at]) =>
        !enabled || at.server !== server || at.topic !== now || !waiting.some((each) => each.id === id),
    );
  }

  /** Brings the phone in line with what waits, one message after the other. */
  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      const gone = await over();
      if (gone !== undefined) {
        const [id, at] = gone;
        told.delete(id);
        // Once: it answers nothing, and what waits comes first.
        await publish(at.server, at.topic, overMessage(id, at.title), closing.signal).catch(
          (error: unknown) =>
            logger.warn({ reason: String(error) }, 'what is over could not be taken down on the phone'),
        );
        continue;
      }
      const next = nextToTell();
      if (next === undefined) return settle();
      const { server, sends } = settings();
      const at = { server, topic: await ready() };
      const message = messageFor(next, sends);
      await publish(at.server, at.topic, message, closing.signal);
      told.set(next.id, { ...at, title: message.title });
      settle();
    }
  }

  /** Nothing is in the way any more. */
  function settle(): void {
    retry?.cancel();
    retry = undefined;
    delay = RETRY.first;
    note(undefined);
  }

  function failed(server: string, error: unknown): void {
    logger.warn({ reason: String(error) }, 'the phone could not be told');
    const cancel = clock.after(delay, () => {
      retry = undefined;
      start();
    });
    retry = { server, cancel };
    delay = Math.min(2 * delay, RETRY.longest);
    note(
      error instanceof UserFacingError
        ? error.message
        : 'The phone could not be told what waits. The log says more.',
    );
  }

  function start(): void {
    if (working !== undefined) return;
    const { server } = settings();
    // The server that failed is left alone for a while, but only while there is something to tell it.
    if (retry?.server === server && nextToTell() !== undefined) return;
    if (retry !== undefined) settle();
    working = work()
      .catch((error: unknown) => {
        if (!closing.signal.aborted) failed(server, error);
      })
      .finally(() => {
        working = undefined;
      });
  }

  /** Works, or works once more after what is being done now. */
  function look(): void {
    start();
    void working?.then(start);
  }

  return {
    update(pending) {
      waiting = pending.filter(({ state }) => state === 'pending');
      look();
    },
    topic: ready,
    async renew() {
      const next = await keepNew();
      topic = Promise.resolve(next);
      look();
      return next;
    },
    async test() {
      await publish(settings().server, await ready(), testMessage, closing.signal);
      if (retry !== undefined) settle();
      look();
    },
    problem: () => problem,
    onChange: listeners.add,
    async close() {
      waiting = [];
      const stop = setTimeout(() => closing.abort(), CLOSING);
      while (working !== undefined) await working;
      await work();
      retry?.cancel();
      closing.abort();
      clearTimeout(stop);
    },
  };
}

function notKept(error: unknown): never {
  throw new UserFacingError(
    'unavailable',
    'The phone’s topic could not be kept, so the phone is told nothing. Check that the keyring is unlocked.',
    { cause: error },
  );
}

const testMessage: PhoneMessage = {
  id: 'test',
  title: 'Greenlight can reach you',
  body: 'This is a test. When an agent wants to make a video, you are told like this.',
  loud: true,
};

function messageFor(approval: AnnouncedApproval, sends: Settings['phone']['sends']): PhoneMessage {
  const { title, body } = noticeFor(approval);
  const cost = approval.signals.find(({ kind }) => kind === 'cost');
  const price = cost === undefined ? '' : `${oneLine(cost.text, 80)}. `;
  return {
    id: approval.id,
    title,
    body: `${sends === 'everything' ? `${body}\n` : price}Answer it in Greenlight.`,
    loud: true,
  };
}

/** Takes the place of the question; where the server knows no places, it is told beside it. */
function overMessage(id: string, title: string): PhoneMessage {
  return {
    id,
    title: `Over: ${title}`,
    body: 'There is nothing to answer here any more.',
    loud: false,
  };
}
