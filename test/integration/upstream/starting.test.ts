/** A server whose program has to be fetched first is waited for, as long as it shows that something happens. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readTools } from '../../../main/upstream/tools/tools.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';
import { startStdio, stdioServer } from '../../support/stdio-upstream.ts';
import { until } from '../../support/wait.ts';

const MINUTE = 60_000;

/** A program as `uvx` is: says what it downloads, and is the server once that is there (which `arrive` does). */
function fetched(says = 'Downloading cpython-3.12.1 (32.2MiB)\n') {
  const arrived = join(temporaryFolder(), 'arrived');
  const program = `process.stderr.write(${JSON.stringify(says)});
    const { existsSync } = require('node:fs');
    const wait = setInterval(() => {
      if (!existsSync(${JSON.stringify(arrived)})) return;
      clearInterval(wait);
      import(${JSON.stringify(stdioServer)});
    }, 20);`;
  return { args: ['-e', program], arrive: () => writeFileSync(arrived, '') };
}

test('one that says what it fetches is waited for, beyond the time that an answer may take', async () => {
  const { args, arrive } = fetched();
  const { upstream } = startStdio({ args, clock: createTestClock() });
  const heard: string[] = [];
  const { tools } = await readTools(upstream, {
    // The least that a second look is after: what says nothing would be given up then.
    timeoutMs: 2_000,
    onStarting(says) {
      heard.push(says);
      if (heard.length === 3) arrive();
    },
  });
  expect(heard[0]).toBe('Downloading cpython-3.12.1 (32.2MiB)');
  expect(tools.map(({ name }) => name)).toContain('echo');
});

test.each([
  // As `npx -y` does.
  ['says nothing', '', ''],
  ['has said nothing more for two minutes', 'Downloading\n', ''],
])('one that %s is waited for as well', async (_, says, told) => {
  const clock = createTestClock();
  const { args, arrive } = fetched(says);
  const { upstream } = startStdio({ args, clock });
  let last: string | undefined;
  const { tools } = await readTools(upstream, {
    timeoutMs: 1_000,
    onStarting(now) {
      last = now;
      if (now === told) arrive();
      else clock.advance(2 * MINUTE);
    },
  });
  expect(last).toBe(told);
  expect(tools.map(({ name }) => name)).toContain('echo');
});

test.each([
  ['goes on and on', "setInterval(() => process.stderr.write('more\\n'), 20)"],
  ['says nothing', 'process.stdin.resume()'],
])('one that %s is given up after ten minutes', async (_, program) => {
  const clock = createTestClock();
  const { upstream } = startStdio({ args: ['-e', program], clock });
  let minutes = 0;
  const reading = readTools(upstream, {
    timeoutMs: 1_000,
    onStarting() {
      minutes += 1;
      clock.advance(MINUTE);
    },
  });
  await expect(reading).rejects.toMatchObject({ kind: 'timeout' });
  expect(minutes).toBe(10);
});

test('the window says that it is being fetched, and with what words; choosing it does not wait for that', async () => {
  const { args, arrive } = fetched();
  const clock = createTestClock();
  const greenlight = await startGreenlight({ clock });
  onTestFinished(() => greenlight.stop());
  const { connection } = greenlight.core;
  await greenlight.core.servers.useUpstream(
    'luma',
    { kind: 'stdio', command: process.execPath, args, envNames: [] },
    {},
  );
  const chosen = connection.refresh();
  await until(() => connection.status().message !== undefined);
  const status = {
    kind: 'stdio',
    status: 'starting',
    message:
      'It is being fetched or started, which can take minutes. It says: Downloading cpython-3.12.1 (32.2MiB)',
  };
  expect(connection.status()).toMatchObject(status);
  clock.advance(15_000);
  expect(await chosen).toMatchObject(status);
  arrive();
  await until(() => connection.status().status === 'connected');
  expect(connection.tools().map(({ name }) => name)).toContain('echo');
});

test('a session that gets another process does not wait for ever for one that shows nothing', async () => {
  const clock = createTestClock();
  const { upstream } = startStdio({ args: fetched('').args, clock });
  const openedWith = () => ({
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'a', version: '1' },
  });
  const answer = upstream.send({
    method: 'POST',
    headers: { 'mcp-session-id': 'before' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    openedWith,
    signal: new AbortController().signal,
  });
  answer.catch(() => {});
  await until(() => clock.pending() === 1);
  clock.advance(15_000);
  await expect(answer).rejects.toMatchObject({
    reached: false,
    message: expect.stringContaining('did not begin its work in time'),
  });
});
