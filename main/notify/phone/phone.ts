/**
 * Tells the phone what waits, by an ntfy server, and hands on its answers where the person chose so: see answers.ts. Else
 * it only tells, and nothing that the phone or the server says is read.
 */
import { randomBytes } from 'node:crypto';
import type { ApprovalState } from '../../../shared/contract.ts';
import type { Settings } from '../../../shared/settings.ts';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { createListeners } from '../../base/listeners.ts';
import type { Network } from '../../base/network/network.ts';
import type { Clock, Logger, SecretVault } from '../../base/ports.ts';
import type { AnnouncedApproval } from '../notice.ts';
import { createAnswers } from './answers.ts';
import { type PhoneMessage, publish } from './ntfy.ts';
import { type PhoneQuestion, questionFor } from './question.ts';
import { type Bond, newNonce, type PhoneAnswer } from './signing.ts';

/** As many questions are on the phone at once; the next is told when one of them is over. */
const MOST = 5;

/** Milliseconds until a message is tried again, doubled each time. */
const RETRY = { first: 10_000, longest: 600_000 };

/** The name in the vault. */
const TOPIC = 'phone-topic';

/** How long the end of Greenlight waits for what is taken down (ms). */
const CLOSING = 2_000;

/** What waits, as far as the phone is told of it and an answer is bound to it. */
export interface AskedOnPhone extends AnnouncedApproval {
  /** Of all that is sent. */
  digest: string;
  expiresAt: number;
}

/** What waits, on the phone. */
export interface Phone {
  /** Told the approvals that wait now, whenever they or the settings change. Never throws. */
  update(pending: readonly AskedOnPhone[]): void;
  /** The topic that the phone listens to, made when it is first asked for. Rejects when it cannot be kept. */
  topic(): Promise<string>;
  /** Makes a new topic; the old one is told nothing more. Rejects when it cannot be kept; all is then as it was. */
  renew(): Promise<string>;
  /** Sends a test. Throws {@link UserFacingError} where the server does not take it. */
  test(): Promise<void>;
  /** Whether a call can be allowed there: not where the topic lies in a file that any program of the person's reads. */
  mayAllow(): boolean;
  /** Why the phone is not told what waits, or cannot answer. */
  problem(): string | undefined;
  /** Calls `listener` when `problem()` has changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Takes down what it shows, as far as that is done soon. */
  close(): Promise<void>;
}

/** Where a question was told, as what, and which answers it may have from there. */
interface Told extends Bond {
  server: string;
  topic: string;
  answers: readonly PhoneAnswer[];
  /** What the phone answered. */
  answered?: PhoneAnswer;
}

const LABELS: Record<PhoneAnswer, string> = { allow: 'Allow', deny: 'Deny' };

/** What an answered question is called. */
const DONE: Partial<Record<ApprovalState, string>> = { allowed: 'Allowed', denied: 'Denied' };

/** The phone of the settings; its topic is in `secrets`. */
export function createPhone(parts: {
  fetch: Network['fetch'];
  secrets: SecretVault;
  clock: Clock;
  logger: Logger;
  settings: () => Settings['phone'];
  /** Whether the person wants to hear nothing now. */
  quiet: () => boolean;
  /** Carries out an answer from the phone; the approval waits. */
  onAnswer: (approvalId: string, answer: PhoneAnswer) => unknown;
  /** What became of an approval that waits no more. */
  stateOf: (approvalId: string) => ApprovalState | undefined;
}): Phone {
  const { fetch, secrets, clock, logger, settings, quiet } = parts;
  const listeners = createListeners<() => void>(logger);
  const closing = new AbortController();
  const told = new Map<string, Told>();
  const fromPhone = createAnswers({ fetch, clock, logger, take: answer, changed: () => listeners.tell() });
  let waiting: readonly AskedOnPhone[] = [];
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

  function answersTo({ whole }: PhoneQuestion): readonly PhoneAnswer[] {
    const chosen = settings().answers;
    if (chosen === 'none') return [];
    return chosen === 'all' && whole && mayAllow() ? ['allow', 'deny'] : ['deny'];
  }

  function mayAllow(): boolean {
    return secrets.inFile !== true;
  }

  /** How a question is told now. An answer is to what was told, so another telling is another question. */
  function telling(
    approval: AskedOnPhone,
  ): Pick<Told, 'title' | 'body' | 'digest' | 'expiresAt' | 'answers'> {
    const { digest, expiresAt } = approval;
    const { sends } = settings();
    const question = questionFor(approval, sends);
    const answers = answersTo(question);
    const where = answers.length === 0 ? 'Answer' : answers.includes('allow') ? 'Or answer' : 'Allow';
    const lines = [question.body, `${where} it in Greenlight.`].filter(Boolean);
    const body = lines.join(sends === 'price' ? ' ' : '\n');
    return { title: question.title, body, digest, expiresAt, answers };
  }

  function messageFor(at: Told): PhoneMessage {
    const { id, title, body, server, answers } = at;
    const buttons = answers.map((answer) => ({
      label: LABELS[answer],
      topic: fromPhone.open(server),
      says: fromPhone.signing.sign(at, answer),
    }));
    return { id, title, body, loud: true, buttons };
  }

  /** Whether `at` is what would be told of a question that waits now. While it is read in the window it only gets more time. */
  function stillSo(at: Told): boolean {
    const approval = waiting.find(({ id }) => id === at.id);
    if (approval === undefined || approval.expiresAt <= clock.now()) return false;
    const { title, body, digest, expiresAt, answers } = telling(approval);
    const same = at.title === title && at.body === body && at.answers.join() === answers.join();
    return same && at.digest === digest && at.expiresAt <= expiresAt;
  }

  /** Carries out what was published where the phone answers; returns whether it was an answer. */
  function answer(text: string): boolean {
    const read = fromPhone.signing.read(text, (id) => told.get(id));
    const at = read && told.get(read.id);
    if (read === undefined || at === undefined || at.answered !== undefined || closing.signal.aborted)
      return false;
    if (!settings().enabled || !at.answers.includes(read.answer)) return false;
    if (!stillSo(at)) return false;
    at.answered = read.answer;
    try {
      parts.onAnswer(at.id, read.answer);
    } catch (error) {
      logger.warn(
        { approval: at.id, reason: String(error) },
        'an answer from the phone could not be carried out',
      );
      // It may wait on, and the phone has taken it down: told anew, with other answers.
      told.delete(at.id);
    }
    look();
    return true;
  }

  function nextToTell(): AskedOnPhone | undefined {
    if (!settings().enabled || quiet() || told.size >= MOST) return undefined;
    return waiting.find(({ id }) => !told.has(id));
  }

  /** What is on a phone and has nothing to do there any more. */
  async function over(): Promise<[string, Told] | undefined> {
    if (told.size === 0) return undefined;
    const { enabled, server } = settings();
    const now = await ready();
    return [...told].find(([, at]) => !enabled || at.server !== server || at.topic !== now || !stillSo(at));
  }

  /** Brings the phone in line with what waits, one message after the other. */
  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      const gone = await over();
      if (gone !== undefined) {
        const [id, at] = gone;
        told.delete(id);
        // Once: it answers nothing, and what waits comes first.
        const message = overMessage(at, parts.stateOf(id));
        await publish(at.server, at.topic, message, { fetch, closing: closing.signal }).catch(
          (error: unknown) =>
            logger.warn({ reason: String(error) }, 'what is over could not be taken down on the phone'),
        );
        continue;
      }
      const next = nextToTell();
      if (next === undefined) return settle();
      const { server } = settings();
      const topic = await ready();
      const at: Told = { id: next.id, nonce: newNonce(), server, topic, ...telling(next) };
      // Known before it is published: the phone may be quicker than the server's response.
      told.set(at.id, at);
      try {
        await publish(server, topic, messageFor(at), { fetch, closing: closing.signal });
      } catch (error) {
        if (told.get(at.id) === at) told.delete(at.id);
        throw error;
      }
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
        if (![...told.values()].some(({ answers }) => answers.length > 0)) fromPhone.close();
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
      fromPhone.close();
      look();
      return next;
    },
    async test() {
      await publish(settings().server, await ready(), testMessage, { fetch, closing: closing.signal });
      if (retry !== undefined) settle();
      look();
    },
    mayAllow,
    problem: () => problem ?? fromPhone.problem(),
    onChange: listeners.add,
    async close() {
      waiting = [];
      fromPhone.close();
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

/** Takes the place of the question; where the server knows no places, it is told beside it. */
function overMessage({ id, title, answered }: Told, state: ApprovalState | undefined): PhoneMessage {
  const said = state === undefined ? undefined : DONE[state];
  return {
    id,
    title: `${said ?? 'Over'}: ${title}`,
    body:
      answered !== undefined && said !== undefined
        ? 'From the phone.'
        : 'There is nothing to answer here any more.',
    loud: false,
  };
}
