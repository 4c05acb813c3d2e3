/** What the phone answers, by an ntfy server: what counts, and all that does not, whoever publishes it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecretVault } from '../../../main/base/ports.ts';
import { type AskedOnPhone, createPhone, type Phone } from '../../../main/notify/phone/phone.ts';
import { createSigning } from '../../../main/notify/phone/signing.ts';
import type { Settings } from '../../../shared/settings.ts';
import { press, startNtfy } from '../../servers/ntfy.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { silent } from '../../support/log.ts';
import { direct } from '../../support/network.ts';
import { until } from '../../support/wait.ts';
import { askedOnPhone } from '../../unit/notify/approval.ts';

const PRICE = { kind: 'cost', text: 'Costs $0.40' } as const;
const ASKED = askedOnPhone({ signals: [PRICE] });

let clock: TestClock;
let server: Awaited<ReturnType<typeof startNtfy>>;
let settings: Settings['phone'];
let waiting: readonly AskedOnPhone[];
let answered: string[];
let failing: Error | undefined;
/** Whether what was answered waits on. */
let lasting = false;
let secrets: SecretVault;
let phone: Phone;

function start(): Phone {
  return createPhone({
    fetch: direct.fetch,
    secrets,
    clock,
    logger: silent,
    settings: () => settings,
    quiet: () => false,
    onAnswer(id, answer) {
      if (failing !== undefined) throw failing;
      answered.push(`${answer} ${id}`);
      if (!lasting) wait(waiting.filter((each) => each.id !== id));
    },
    stateOf: () => (answered.at(-1)?.startsWith('allow') ? 'allowed' : 'denied'),
  });
}

function wait(next: readonly AskedOnPhone[]): void {
  waiting = next;
  phone.update(next);
}

beforeEach(async () => {
  const kept = new Map<string, string>();
  secrets = {
    description: 'memory',
    open: false,
    get: async (name) => kept.get(name),
    set: async (name, value) => void kept.set(name, value),
    delete: async (name) => void kept.delete(name),
  };
  clock = createTestClock();
  answered = [];
  failing = undefined;
  lasting = false;
  server = await startNtfy();
  settings = { enabled: true, server: server.url, sends: 'price', answers: 'all' };
  phone = start();
});
afterEach(async () => {
  await phone.close();
  await server.close();
});

/** Waits until so much was published, and answers are read if they are to be; returns the newest of it. */
async function told(count: number) {
  await until(() => server.taken.length >= count);
  return server.taken[count - 1];
}

const labels = async (count: number) => (await told(count))?.actions?.map(({ label }) => label);

/** What the button `label` of the first message says, and where. */
function button(label: string) {
  const action = server.taken[0]?.actions?.find((each) => each.label === label);
  if (action === undefined) throw new Error(`There is no button ${label}.`);
  return action;
}

/** Publishes `said` where the phone answers. */
const publish = (said: string) => fetch(button('Deny').url, { method: 'POST', body: said });

/** Has the server hand on something that counts, so that all before it was read. */
async function allIsRead(): Promise<void> {
  const before = answered.length;
  await press(server.taken[0], 'Deny');
  await until(() => answered.length > before);
}

describe('an answer from the phone', () => {
  it.each(['Allow', 'Deny'])('%s is carried out once, and said on the phone', async (label) => {
    wait([ASKED]);
    await press(await told(1), label);
    await until(() => answered.length === 1);
    expect(answered).toEqual([`${label.toLowerCase()} a1`]);
    const done = label === 'Allow' ? 'Allowed' : 'Denied';
    expect(await told(2)).toMatchObject({
      sequence_id: 'a1',
      title: `${done}: Claude wants to make a video`,
      message: 'From the phone.',
      priority: 1,
    });
    expect(server.taken[1]).not.toHaveProperty('actions');
    await until(() => server.following() === 0);
  });

  it('counts as long as its question waits, whose time stands still while it is read in the window', async () => {
    wait([{ ...ASKED, expiresAt: clock.now() + 1_000 }]);
    await told(1);
    for (const more of [2_000, 3_000]) wait([{ ...ASKED, expiresAt: clock.now() + more }]);
    clock.advance(1_500);
    await press(server.taken[0], 'Allow');
    await until(() => answered.length === 1);
    expect(answered).toEqual(['allow a1']);
    // It was told once, and taken down once.
    expect(await told(2)).toMatchObject({ title: 'Allowed: Claude wants to make a video' });
    expect(server.taken).toHaveLength(2);
  });

  it('is asked for while a question waits, and by no other settings', async () => {
    settings = { ...settings, answers: 'none' };
    wait([ASKED]);
    expect(await told(1)).not.toHaveProperty('actions');
    expect(server.following()).toBe(0);
    settings = { ...settings, answers: 'deny' };
    wait([ASKED]);
    expect(await labels(3)).toEqual(['Deny']);
    await until(() => server.following() === 1);
    wait([]);
    await until(() => server.following() === 0);
  });

  it('of two, the first counts', async () => {
    wait([ASKED]);
    await told(1);
    await Promise.all([press(server.taken[0], 'Deny'), press(server.taken[0], 'Allow')]);
    await until(() => server.following() === 0);
    expect(answered).toHaveLength(1);
  });

  it('is each question’s own', async () => {
    const other = { ...ASKED, id: 'a2' };
    wait([ASKED, other]);
    await press(await told(2), 'Allow');
    await until(() => answered.length === 1);
    expect(answered).toEqual(['allow a2']);
  });

  it('that cannot be carried out leaves the question, which is told anew; the first telling is void', async () => {
    failing = new Error('The log cannot be written.');
    wait([ASKED]);
    await press(await told(1), 'Allow');
    await told(2);
    failing = undefined;
    await press(server.taken[0], 'Allow');
    await press(server.taken[1], 'Deny');
    await until(() => answered.length === 1);
    expect(answered).toEqual(['deny a1']);
  });

  it('is read again after the connection broke, also what came meanwhile', async () => {
    wait([ASKED]);
    await told(1);
    await until(() => server.following() === 1);
    server.refuse(500);
    server.drop();
    await until(() => phone.problem() !== undefined);
    expect(phone.problem()).toContain('the phone cannot answer');
    server.refuse(undefined);
    await press(server.taken[0], 'Allow');
    expect(answered).toEqual([]);
    await until(() => clock.pending() > 0);
    clock.advance(60_000);
    await until(() => answered.length === 1);
    await until(() => phone.problem() === undefined);
  });

  it('a server that says nothing more is asked anew', async () => {
    wait([ASKED]);
    await told(1);
    await until(() => server.following() === 1);
    clock.advance(150_000);
    await until(() => phone.problem()?.includes('the phone cannot answer') === true);
    clock.advance(2_000);
    await until(() => phone.problem() === undefined);
    await press(server.taken[0], 'Deny');
    await until(() => answered.length === 1);
  });

  it('a server that lets nobody read says so, and goes on telling', async () => {
    wait([ASKED]);
    await told(1);
    await until(() => server.following() === 1);
    server.refuse(403);
    server.drop();
    await until(() => phone.problem() !== undefined);
    clock.advance(2_000);
    await until(() => phone.problem()?.includes('does not let answers be read (status 403)') === true);
    wait([]);
    await until(() => phone.problem() === undefined);
  });
});

describe('is no answer', () => {
  it.each<[string, (allow: string, deny: string) => string]>([
    ['a denial turned into an allowance', (_, deny) => deny.replace('deny', 'allow')],
    ['an allowance for another question', (allow) => allow.replace('a1', 'a2')],
    [
      'one signed by another key',
      () => {
        const { id, digest, expiresAt } = ASKED;
        return createSigning().sign({ id, digest, expiresAt, title: '', body: '', nonce: '' }, 'allow');
      },
    ],
    [
      'one with a code that is almost right',
      (allow) => `${allow.slice(0, -1)}${allow.endsWith('A') ? 'B' : 'A'}`,
    ],
    ['a cut code', (allow) => allow.slice(0, -1)],
    ['one with something behind it', (allow) => `${allow} `],
    ['one with a line break behind it', (allow) => `${allow}\n`],
    ['a word', () => 'allow'],
    ['nothing', () => ''],
    ['JSON', () => '{"answer":"allow","id":"a1"}'],
    ['a member of all objects', () => `allow __proto__ ${'A'.repeat(43)}`],
    ['other characters', (allow) => allow.replace(/.$/, 'é')],
    ['a long text', () => 'allow a1 '.repeat(100_000)],
  ])('%s', async (_, forge) => {
    wait([ASKED, { ...ASKED, id: 'a2' }]);
    await told(1);
    await publish(forge(button('Allow').body, button('Deny').body));
    await allIsRead();
    expect(answered).toEqual(['deny a1']);
  });

  it.each([
    ['a line that is no JSON', '}{'],
    ['a line that is no object', 'null'],
    ['a message that is no text', '{"event":"message","id":"x","message":{"a":1}}'],
    ['a message without a name', '{"event":"message","message":"allow"}'],
    [
      'a message whose name would be another request',
      '{"event":"message","id":"x&since=all","message":"allow"}',
    ],
    ['bytes that are no text', '\u0000\uD800'],
  ])('%s', async (_, line) => {
    wait([ASKED]);
    await told(1);
    await until(() => server.following() === 1);
    server.say(`${line}\n`);
    await allIsRead();
    expect(answered).toEqual(['deny a1']);
  });

  it('a line without an end: the connection is made anew', async () => {
    wait([ASKED]);
    await told(1);
    await until(() => server.following() === 1);
    server.say('x'.repeat(2_000_000));
    await until(() => phone.problem() !== undefined);
    clock.advance(2_000);
    await until(() => phone.problem() === undefined);
    await allIsRead();
    expect(answered).toEqual(['deny a1']);
  });

  /** Presses *Allow* of the first and *Deny* of the second question, and returns what was answered once both were read. */
  async function pressBoth(): Promise<string[]> {
    await press(server.taken[0], 'Allow');
    await press(server.taken[1], 'Deny');
    await until(() => answered.some((each) => each.endsWith('a2')));
    return answered;
  }

  it('one that comes after the question’s time', async () => {
    wait([
      { ...ASKED, expiresAt: clock.now() + 1_000 },
      { ...ASKED, id: 'a2' },
    ]);
    await told(2);
    clock.advance(1_000);
    expect(await pressBoth()).toEqual(['deny a2']);
  });

  it('one to a question that changed just now', async () => {
    const first = { ...ASKED, client: { label: 'Claude' } };
    wait([first, { ...ASKED, id: 'a2' }]);
    await told(2);
    first.client.label = 'Cursor';
    expect(await pressBoth()).toEqual(['deny a2']);
  });

  it('one that was used, while what it answered is being carried out', async () => {
    lasting = true;
    wait([ASKED, { ...ASKED, id: 'a2' }]);
    await told(2);
    await press(server.taken[0], 'Allow');
    expect(await pressBoth()).toEqual(['allow a1', 'deny a2']);
  });

  it.each<[string, Partial<AskedOnPhone>]>([
    ['what is sent', { digest: 'd2' }],
    ['what is shown', { signals: [{ ...PRICE, text: 'Costs $40.00' }] }],
    ['the client’s name', { client: { label: 'Cursor' } }],
    ['its time, which is shorter,', { expiresAt: ASKED.expiresAt - 5 }],
  ])('one to a question of which %s changed since', async (_, change) => {
    wait([ASKED]);
    await told(1);
    wait([{ ...ASKED, ...change }]);
    await told(3);
    await press(server.taken[0], 'Allow');
    await press(server.taken[2], 'Deny');
    await until(() => answered.length > 0);
    expect(answered).toEqual(['deny a1']);
  });

  it.each<[string, Partial<Settings['phone']>]>([
    ['answering was switched off', { answers: 'none' }],
    ['allowing was switched off', { answers: 'deny' }],
    ['the phone was switched off', { enabled: false }],
  ])('one that comes after %s', async (_, change) => {
    wait([ASKED]);
    const first = await told(1);
    settings = { ...settings, ...change };
    await press(first, 'Allow');
    wait([ASKED]);
    await told(2);
    settings = { ...settings, enabled: true, answers: 'all' };
    wait([ASKED]);
    await until(() => server.taken.at(-1)?.actions?.length === 2);
    await press(first, 'Allow');
    await press(server.taken.at(-1), 'Deny');
    await until(() => answered.length > 0);
    expect(answered).toEqual(['deny a1']);
  });

  it('one to a question that was answered in Greenlight', async () => {
    wait([ASKED]);
    const first = await told(1);
    wait([]);
    await told(2);
    await press(first, 'Allow');
    wait([{ ...ASKED, id: 'a2' }]);
    await press(await told(3), 'Deny');
    await until(() => answered.length > 0);
    expect(answered).toEqual(['deny a2']);
  });

  it('one of an earlier Greenlight, or after the end of this one', async () => {
    wait([ASKED]);
    const first = await told(1);
    await phone.close();
    await press(first, 'Allow');
    phone = start();
    wait([ASKED]);
    await until(() => server.taken.at(-1)?.actions?.length === 2);
    await press(first, 'Allow');
    // Where this one reads, too.
    await fetch(String(server.taken.at(-1)?.actions?.[0]?.url), {
      method: 'POST',
      body: String(first?.actions?.[0]?.body),
    });
    await press(server.taken.at(-1), 'Deny');
    await until(() => answered.length > 0);
    expect(answered).toEqual(['deny a1']);
  });

  it('one that was published to the topic that the phone listens to', async () => {
    wait([ASKED]);
    await told(1);
    await fetch(`${server.url}/${await phone.topic()}`, { method: 'POST', body: button('Allow').body });
    await allIsRead();
    expect(answered).toEqual(['deny a1']);
  });

  it('the hundred-and-first thing that is none: no more is read, and it is said', async () => {
    wait([ASKED]);
    await told(1);
    await until(() => server.following() === 1);
    for (let at = 0; at <= 100; at++) server.say('}{\n');
    await until(() => phone.problem()?.includes('Something else than the phone') === true);
    await until(() => server.following() === 0);
    await press(server.taken[0], 'Allow');
    clock.advance(3_600_000);
    expect(server.following()).toBe(0);
    expect(answered).toEqual([]);
    await phone.renew();
    await until(() => server.taken.length === 3 && phone.problem() === undefined);
    await press(server.taken[2], 'Allow');
    await until(() => answered.length === 1);
  });
});

describe('can be denied on the phone, and allowed in Greenlight only', () => {
  it.each<[string, Settings['phone']['sends'], Partial<AskedOnPhone>]>([
    ['what names an address, told by its price', 'price', { signals: [{ kind: 'host', text: 'x' }, PRICE] }],
    [
      'what is asked for the first time, told by its price',
      'price',
      { signals: [PRICE, { kind: 'first', text: 'x' }] },
    ],
    ['what has no price, told by its price', 'price', { signals: [] }],
    ['a tool with a long name', 'everything', { tool: 't'.repeat(51) }],
    ['a long prompt', 'everything', { arguments: { prompt: 'x'.repeat(601) } }],
    [
      'a prompt that becomes long as what is unseen is shown',
      'everything',
      { arguments: { prompt: 'a\u200b'.repeat(300) } },
    ],
    [
      'a prompt with blanks that push its end away',
      'everything',
      { arguments: { prompt: `a${' '.repeat(2_000)}b` } },
    ],
    [
      'many bytes',
      'everything',
      {
        arguments: { prompt: '🐈'.repeat(300), other: '🐈'.repeat(140) },
        signals: Array.from({ length: 4 }, () => ({ kind: 'also', text: '🐈'.repeat(100) }) as const),
      },
    ],
    ['other long arguments', 'everything', { arguments: { prompt: 'x', other: 'y'.repeat(300) } }],
    ['what has a text to unfold', 'everything', { signals: [{ kind: 'long', text: 'x' }] }],
    ['what holds unseen text', 'everything', { signals: [{ kind: 'hidden-text', text: 'x' }] }],
    ['a tool that changed', 'everything', { signals: [{ kind: 'changed-tool', text: 'x' }] }],
    ['a long text that stands out', 'everything', { signals: [{ kind: 'also', text: 'z'.repeat(201) }] }],
  ])('%s', async (_, sends, members) => {
    settings = { ...settings, sends };
    wait([{ ...ASKED, ...members }]);
    expect(await labels(1)).toEqual(['Deny']);
    expect(server.taken[0]?.message).toContain('Allow it in Greenlight.');
    expect(Buffer.byteLength(String(server.taken[0]?.message))).toBeLessThan(4_000);
  });

  it('what the phone was told whole can be allowed there', async () => {
    settings = { ...settings, sends: 'everything' };
    const signals: AskedOnPhone['signals'] = [
      { kind: 'webhook', text: 'Sends the result to evil.example' },
      PRICE,
    ];
    wait([{ ...ASKED, arguments: { prompt: 'A cat\nin the rain', seconds: 5 }, signals }]);
    expect(await labels(1)).toEqual(['Allow', 'Deny']);
    expect(server.taken[0]?.message).toBe(
      'Sends the result to evil.example\nCosts $0.40\n“A cat in the rain”\n{"seconds":5}\nOr answer it in Greenlight.',
    );
  });

  it('everything, where the topic lies in a file that any program can read', async () => {
    secrets = { ...secrets, inFile: true };
    phone = start();
    expect(phone.mayAllow()).toBe(false);
    wait([ASKED]);
    expect(await labels(1)).toEqual(['Deny']);
  });
});
