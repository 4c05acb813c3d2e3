/** The phone by the real ntfy server: what it takes, and what a phone that listens is handed. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../main/base/listen.ts';
import { createPhone } from '../../../main/notify/phone/phone.ts';
import { startChild } from '../../support/child.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';
import { skipUnless } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';
import { approvalOf } from '../../unit/notify/approval.ts';

const ntfy = process.env.GREENLIGHT_NTFY;

it(
  'the real ntfy hands on the question and its end',
  skipUnless(ntfy !== undefined, 'set GREENLIGHT_NTFY to the executable of an ntfy server'),
  async () => {
    const server = await startRealNtfy(String(ntfy));
    const kept = new Map<string, string>();
    const phone = createPhone({
      secrets: {
        description: 'memory',
        open: false,
        get: async (name) => kept.get(name),
        set: async (name, value) => void kept.set(name, value),
        delete: async (name) => void kept.delete(name),
      },
      clock: createTestClock(),
      logger: silent,
      settings: () => ({ enabled: true, server, sends: 'price' }),
      quiet: () => false,
    });
    onTestFinished(() => phone.close());
    const heard = async () => {
      const response = await fetch(`${server}/${await phone.topic()}/json?poll=1`);
      const lines = (await response.text()).trim().split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as { title: string; message: string; priority: number });
    };
    await phone.test();
    phone.update([approvalOf({ signals: [{ kind: 'cost', text: 'Costs $0.40' }] })]);
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
  },
);

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
