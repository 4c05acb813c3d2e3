/** A server over stdio behind Greenlight: to a client it looks like any other upstream. */
import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callForText } from '../support/client.ts';
import { startGreenlight, type TestGreenlight } from '../support/greenlight.ts';
import { isRunning } from '../support/processes.ts';
import { until } from '../support/wait.ts';

let greenlight: TestGreenlight;

beforeEach(async () => {
  greenlight = await startGreenlight({
    upstream: {
      kind: 'stdio',
      command: process.execPath,
      args: [resolve('test/servers/stdio.ts')],
      envNames: [],
    },
    policy: { version: '1', default: 'allow', hide: ['crash'], tools: {} },
  });
});

afterEach(() => greenlight.stop());

test('each client has a child of its own, which ends with its session or with Greenlight', async () => {
  const pidOf = async (client: Awaited<ReturnType<TestGreenlight['connect']>>) =>
    Number(await callForText(client, 'pid'));
  const [one, two] = [await greenlight.connect(), await greenlight.connect()];
  const [first, second] = [await pidOf(one), await pidOf(two)];
  expect(first).not.toBe(second);
  expect((await one.listTools()).tools.map(({ name }) => name)).not.toContain('crash');
  await (one.transport as unknown as { terminateSession(): Promise<void> }).terminateSession();
  await until(() => !isRunning(first));
  expect(isRunning(second)).toBe(true);
  await greenlight.core.stop();
  await until(() => !isRunning(second));
});

test('progress and questions of the server pass in the middle of a call', async () => {
  const client = await greenlight.connect();
  const steps: unknown[] = [];
  const result = await client.callTool({ name: 'steps' }, undefined, {
    onprogress: ({ message }) => void steps.push(message),
  });
  expect(result.content).toEqual([{ type: 'text', text: 'done' }]);
  expect(steps).toEqual(['half way']);
});
