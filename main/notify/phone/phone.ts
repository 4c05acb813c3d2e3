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

/** What waits, on the phone. */
export interface Phone {
  /** Told the approvals that wait now, whenever they or the settings change. Never throws. */
  update(pending: readonly AnnouncedApproval[]): void;
  /** The topic that the phone listens to, made when it is first asked for. Rejects when it cannot be kept. */
  topic(): Promise<string>;
  /** Makes a new topic; the old one is told nothing more. Rejects when it cannot be kept; all is then as it was. */
  renew(): Promise<void>;
  /** Sends a test. Throws {@link UserFacingError} where the server does not take it. */
  test(): Promise<void>;
  /** Why the phone is told nothing. */
  problem(): string | undefined;
  /** Calls `listener` when `problem()` has changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** `quiet`: whether the person wants to hear nothing now. */
export async function createPhone(parts: {
  secrets: SecretVault;
  clock: Clock;
  logger: Logger;
  settings: () => Settings['phone'];
  quiet: () => boolean;
}): Promise<Phone> {
  const { secrets, clock, logger, settings, quiet } = parts;
  const listeners = createListeners<() => void>(logger);
  const closing = new AbortController();
  /** What is on the phone, and where it was sent. */
  const told = new Map<string, { server: string; topic: string }>();
  let waiting: readonly AnnouncedApproval[] = [];
  let topic = settings().enabled ? await secrets.get(TOPIC).catch(() => undefined) : undefined;
  let problem: string | undefined;
  let working: Promise<void> | undefined;
  let cancelRetry: (() => void) | undefined;
  let delay = RETRY.first;

  function note(next: string | undefined): void {
    if (next === problem) return;
    problem = next;
    listeners.tell();
  }

  async function renew(): Promise<void> {
    const next = `greenlight-${randomBytes(24).toString('base64url')}`;
    await secrets.set(TOPIC, next);
    topic = next;
  }

  async function ready(): Promise<string> {
    topic ??= await secrets.get(TOPIC);
    if (topic === undefined) await renew();
    return topic as string;
  }

  function wanted(): readonly AnnouncedApproval[] {
    return settings().enabled && !quiet() ? waiting : [];
  }

  /** Brings the phone in line with what waits, one message after the other. */
  async function work(): Promise<void> {
    for (;;) {
      if (closing.signal.aborted) return;
      const now = wanted();
      const over = [...told].find(([id]) => !waiting.some((each) => each.id === id));
      if (over !== undefined) {
        const [id, at] = over;
        // Where the person chose another server, this one is told nothing more.
        if (settings().enabled && at.server === settings().server && at.topic === topic)
          await publish(at.server, at.topic, overMessage(id), closing.signal);
        told.delete(id);
        continue;
      }
      const next = told.size < MOST ? now.find(({ id }) => !told.has(id)) : undefined;
      if (next === undefined) {
        if (!settings().enabled) note(undefined);
        return;
      }
      const at = { server: settings().server, topic: await ready() };
      await publish(at.server, at.topic, messageFor(next, settings().sends), closing.signal);
      told.set(next.id, at);
      delay = RETRY.first;
      note(undefined);
    }
  }

  function start(): void {
    if (working !== undefined || cancelRetry !== undefined || closing.signal.aborted) return;
    working = work()
      .catch((error: unknown) => {
        if (closing.signal.aborted) return;
        logger.warn({ reason: String(error) }, 'the phone could not be told');
        note(
          error instanceof UserFacingError
            ? error.message
            : 'The phone’s topic could not be kept, so the phone is told nothing. Check that the keyring is unlocked.',
        );
        cancelRetry = clock.after(delay, () => {
          cancelRetry = undefined;
          start();
        });
        delay = Math.min(2 * delay, RETRY.longest);
      })
      .finally(() => {
        working = undefined;
      });
  }

  return {
    update(pending) {
      waiting = pending.filter(({ state }) => state === 'pending');
      if (!settings().enabled) {
        cancelRetry?.();
        cancelRetry = undefined;
        note(undefined);
      }
      // Again where the work was at its end already.
      if (working === undefined) start();
      else void working.then(start);
    },
    topic: ready,
    renew,
    async test() {
      await publish(settings().server, await ready(), testMessage, closing.signal);
      delay = RETRY.first;
      note(undefined);
    },
    problem: () => problem,
    onChange: listeners.add,
    async close() {
      closing.abort();
      cancelRetry?.();
      await working;
    },
  };
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

function overMessage(id: string): PhoneMessage {
  return { id, title: 'Nothing to do any more', body: 'It was answered, or its time is over.', loud: false };
}
