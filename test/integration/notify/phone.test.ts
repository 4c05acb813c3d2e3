/** What the phone is told, by an ntfy server: how much, when it is over, and what a fault of the server does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecretVault } from '../../../main/base/ports.ts';
import { type AskedOnPhone, createPhone, type Phone } from '../../../main/notify/phone/phone.ts';
import type { Settings } from '../../../shared/settings.ts';
import { startNtfy } from '../../servers/ntfy.ts';
import { createTestClock } from '../../support/clock.ts';
import { silent } from '../../support/log.ts';
import { direct } from '../../support/network.ts';
import { until } from '../../support/wait.ts';
import { askedOnPhone } from '../../unit/notify/approval.ts';

const ASKED: AskedOnPhone = askedOnPhone({
  signals: [
    { kind: 'cost', text: 'Costs $0.40' },
    { kind: 'webhook', text: 'Calls out to evil.example' },
  ],
});

const clock = createTestClock();
const kept = new Map<string, string>();
const secrets: SecretVault = {
  description: 'memory',
  open: false,
  get: async (name) => kept.get(name),
  set: async (name, value) => void kept.set(name, value),
  delete: async (name) => void kept.delete(name),
};
let server: Awaited<ReturnType<typeof startNtfy>>;
let settings: Settings['phone'];
let quiet = false;
let phone: Phone;

beforeEach(async () => {
  kept.clear();
  quiet = false;
  server = await startNtfy();
  settings = { enabled: true, server: server.url, sends: 'price', answers: 'none' };
  phone = createPhone({
    fetch: direct.fetch,
    secrets,
    clock,
    logger: silent,
    settings: () => settings,
    quiet: () => quiet,
    onAnswer: (id) => expect.unreachable(`${id} was answered`),
    stateOf: () => undefined,
  });
});
afterEach(async () => {
  await phone.close();
  await server.close();
});

const taken = (count: number) => until(() => server.taken.length >= count);

describe('the phone', () => {
  it('is told who wants what and its price, and nothing of the prompt', async () => {
    phone.update([ASKED]);
    await taken(1);
    expect(server.taken).toEqual([
      {
        topic: await phone.topic(),
        sequence_id: 'a1',
        title: 'Claude wants to make a video',
        message: 'Costs $0.40. Answer it in Greenlight.',
        priority: 4,
      },
    ]);
    expect(JSON.stringify(server.taken)).not.toMatch(/cat|evil/);
  });

  it('is told the prompt and what stands out where the person chose so', async () => {
    settings = { ...settings, sends: 'everything' };
    phone.update([ASKED]);
    await taken(1);
    expect(server.taken[0]?.message).toContain('A cat in the rain');
    expect(server.taken[0]?.message).toContain('evil.example');
  });

  it('has the notification of what is over replaced, without a sound', async () => {
    phone.update([ASKED]);
    await taken(1);
    phone.update([]);
    await taken(2);
    expect(server.taken[1]).toMatchObject({
      sequence_id: 'a1',
      title: 'Over: Claude wants to make a video',
      priority: 1,
    });
  });

  it('is told nothing while it is off, or the person wants to hear nothing', async () => {
    settings = { ...settings, enabled: false };
    phone.update([ASKED]);
    settings = { ...settings, enabled: true };
    quiet = true;
    phone.update([ASKED]);
    await phone.test();
    expect(server.taken.map(({ sequence_id }) => sequence_id)).toEqual(['test']);
  });

  it('is told of five at once; of the next when one is over', async () => {
    const many = Array.from({ length: 7 }, (_, at) => ({ ...ASKED, id: `a${at}` }));
    phone.update(many);
    await taken(5);
    phone.update(many.slice(1));
    await taken(7);
    expect(server.taken.map(({ sequence_id }) => sequence_id)).toEqual([
      'a0',
      'a1',
      'a2',
      'a3',
      'a4',
      'a0',
      'a5',
    ]);
  });

  it.each([429, 403, 500])('status %i is a problem that goes when the server takes it', async (status) => {
    let told = 0;
    phone.onChange(() => told++);
    server.refuse(status);
    phone.update([ASKED]);
    await until(() => phone.problem() !== undefined);
    expect(phone.problem()).toContain(`status ${status}`);
    server.refuse(undefined);
    await until(() => clock.pending() === 1);
    clock.advance(10_000);
    await until(() => phone.problem() === undefined);
    expect(server.taken).toHaveLength(1);
    expect(told).toBe(2);
  });

  it('a server that is away is a problem; a test says so', async () => {
    await server.close();
    await expect(phone.test()).rejects.toThrow('cannot be reached');
    phone.update([ASKED]);
    await until(() => phone.problem()?.includes('cannot be reached') === true);
  });

  it.each([
    ['the question is over', () => phone.update([])],
    [
      'the phone is switched off',
      () => {
        settings = { ...settings, enabled: false };
        phone.update([ASKED]);
      },
    ],
    [
      'the person wants to hear nothing',
      () => {
        quiet = true;
        phone.update([ASKED]);
      },
    ],
  ])('its problem goes when %s', async (_, happens) => {
    server.refuse(500);
    phone.update([ASKED]);
    await until(() => phone.problem() !== undefined);
    happens();
    await until(() => phone.problem() === undefined);
    expect(clock.pending()).toBe(0);
  });

  it('another server is told at once, however long the first was away', async () => {
    await using other = await startNtfy();
    server.refuse(500);
    phone.update([ASKED]);
    await until(() => phone.problem() !== undefined);
    settings = { ...settings, server: other.url };
    phone.update([ASKED]);
    await until(() => other.taken.length === 1 && phone.problem() === undefined);
  });

  it('a question that comes while the server is away does not have it asked sooner', async () => {
    server.refuse(429);
    phone.update([ASKED]);
    await until(() => phone.problem() !== undefined);
    server.refuse(undefined);
    phone.update([ASKED, { ...ASKED, id: 'a2' }]);
    clock.advance(9_999);
    expect(server.taken).toEqual([]);
    clock.advance(1);
    await taken(2);
  });

  it('is off: what it still shows is taken down', async () => {
    phone.update([ASKED]);
    await taken(1);
    settings = { ...settings, enabled: false };
    phone.update([ASKED]);
    await taken(2);
    expect(server.taken[1]).toMatchObject({ sequence_id: 'a1', priority: 1 });
  });

  it('what cannot be taken down is left there, and what waits is told', async () => {
    const other = await startNtfy();
    settings = { ...settings, server: other.url };
    phone.update([ASKED]);
    await until(() => other.taken.length === 1);
    await other.close();
    settings = { ...settings, server: server.url };
    phone.update([ASKED]);
    await taken(1);
    expect(phone.problem()).toBeUndefined();
  });

  it('the end of Greenlight takes down what it shows', async () => {
    phone.update([ASKED]);
    await taken(1);
    await phone.close();
    expect(server.taken[1]).toMatchObject({ sequence_id: 'a1', priority: 1 });
  });

  it('asked for its topic by several at once, it makes one', async () => {
    const [one, other] = await Promise.all([phone.topic(), phone.topic()]);
    expect(other).toBe(one);
    expect([...kept.values()]).toEqual([one]);
  });

  it('a new topic takes the place of the old one, where what it shows is taken down', async () => {
    phone.update([ASKED]);
    await taken(1);
    const old = await phone.topic();
    await phone.renew();
    expect(await phone.topic()).not.toBe(old);
    await taken(3);
    expect(server.taken.slice(1)).toMatchObject([
      { topic: old, sequence_id: 'a1', priority: 1 },
      { topic: await phone.topic(), sequence_id: 'a1', priority: 4 },
    ]);
  });
});
