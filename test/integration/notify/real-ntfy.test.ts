/** The phone by the real ntfy server: what it takes, what a phone that listens is handed, and the way of an answer. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../main/base/listen.ts';
import { createPhone, type Phone } from '../../../main/notify/phone/phone.ts';
import type { Settings } from '../../../shared/settings.ts';
import { press } from '../../servers/ntfy.ts';
import { startChild } from '../../support/child.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';
import { direct } from '../../support/network.ts';
import { skipUnless } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';
import { askedOnPhone } from '../../unit/notify/approval.ts';

const ntfy = process.env.GREENLIGHT_NTFY;
const ASKED = askedOnPhone({ signals: [{ kind: 'cost', text: 'Costs $0.40' }] });

describe(
  'the real ntfy',
  skipUnless(ntfy !== undefined, 'set GREENLIGHT_NTFY to the executable of an ntfy server'),
  () => {
    it('hands on the question and its end', async () => {
      const { phone, heard } = await start('none');
      await phone.test();
      phone.update([ASKED]);
      await until(async () => (await heard()).length === 2);
      phone.update([]);
      await until(async () => (await heard()).length === 3);
      // Within one second it hands them on in no order.
      const byTitle = (await heard()).sort((one, other) => (one.title < other.title ? -1 : 1));
      expect(byTitle).toMatchObject([
        {
          title: 'Claude wants to make a video',
          message: 'Costs $0.40. Answer it in Greenlight.',
          priority: 4,
        },
        { title: 'Greenlight can reach you', priority: 4 },
        { title: 'Over: Claude wants to make a video', priority: 1 },
      ]);
      expect(phone.problem()).toBeUndefined();
    });

    it.each(['Allow', 'Deny'])('brings %s back, of much that is none', async (label) => {
      const { phone, heard, answered } = await start('all');
      phone.update([ASKED]);
      await until(async () => (await heard()).length === 1);
      const [told] = await heard();
      const url = String(told?.actions?.[0]?.url);
      for (const body of ['allow', '{}', 'x'.repeat(5_000), '\n', `allow a1 ${'A'.repeat(43)}`])
        await fetch(url, { method: 'POST', body });
      await press(told, label);
      await until(() => answered.length === 1);
      expect(answered).toEqual([`${label.toLowerCase()} a1`]);
      expect(phone.problem()).toBeUndefined();
    });
  },
);

interface Heard {
  topic: string;
  title: string;
  message: string;
  priority: number;
  actions?: { action: string; label: string; url: string; method: string; body: string; clear: boolean }[];
}

async function start(answers: Settings['phone']['answers']): Promise<{
  phone: Phone;
  /** What the topic had so far. */
  heard(): Promise<Heard[]>;
  answered: string[];
}> {
  const server = await startRealNtfy(String(ntfy));
  const kept = new Map<string, string>();
  const answered: string[] = [];
  const phone = createPhone({
    fetch: direct.fetch,
    secrets: {
      description: 'memory',
      open: false,
      get: async (name) => kept.get(name),
      set: async (name, value) => void kept.set(name, value),
      delete: async (name) => void kept.delete(name),
    },
    clock: createTestClock(),
    logger: silent,
    settings: () => ({ enabled: true, server, sends: 'price', answers }),
    quiet: () => false,
    onAnswer: (id, answer) => answered.push(`${answer} ${id}`),
    stateOf: () => undefined,
  });
  onTestFinished(() => phone.close());
  return {
    phone,
    answered,
    async heard() {
      const response = await fetch(`${server}/${await phone.topic()}/json?poll=1`);
      const lines = (await response.text()).trim().split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as Heard);
    },
  };
}

/** Starts it on a port that was free a moment ago; returns its address. */
async function startRealNtfy(program: string): Promise<string> {
  const free = createServer();
  const port = await listen(free, 0);
  await new Promise((resolve) => free.close(resolve));
  const url = `http://127.0.0.1:${port}`;
  const cache = join(temporaryFolder(), 'cache.db');
  startChild(program, ['serve', '--listen-http', `127.0.0.1:${port}`, '--cache-file', cache]);
  await until(async () => (await fetch(`${url}/v1/health`)).ok);
  return url;
}
