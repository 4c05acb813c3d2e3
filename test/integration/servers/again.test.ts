/** A server that is added under the name of one that was removed begins with nothing of it. */
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { callForText } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import {
  addServer,
  allowAllOn,
  connectTo,
  startWithApi,
  useServers,
  type WithApi,
} from '../../support/servers.ts';

let greenlight: WithApi;
let upstream: HttpUpstream;

beforeEach(async () => {
  greenlight = await startWithApi(temporaryFolder());
  upstream = await startHttpUpstream({});
  onTestFinished(() => upstream.close());
});

/** Adds the server two under `rules`, for the client of the test; connects that to it. */
async function addTwo(rules: { [name: string]: Json }) {
  await addServer(greenlight, 'two', upstream.url, { policy: allowAllOn('two', { all_tools: rules }) });
  useServers(greenlight, greenlight.grant, 'luma', 'two');
  return connectTo(greenlight, 'two', greenlight.token);
}
const remove = () => greenlight.call('servers.remove', { id: 'two' });
const limit = (scope: string, max: number) => ({
  limits: [{ counter: 'calls', window: 'day', max, scope }],
});

test.each(['all', 'grant'])(
  'what the other one spent of a limit of the scope %s does not count',
  async (scope) => {
    const client = await addTwo(limit(scope, 1));
    expect(await callForText(client, 'echo', { text: 'one' })).toContain('one');
    expect(await callForText(client, 'echo', { text: 'two' })).toMatch(/denied/);
    await remove();
    expect((await greenlight.call('limits.list')).counters).toEqual([]);
    const again = await addTwo(limit(scope, 1));
    expect(await callForText(again, 'echo', { text: 'three' })).toContain('three');
  },
);

test('what was spent everywhere counts on', async () => {
  expect(await callForText(await addTwo(limit('everywhere', 1)), 'echo', { text: 'one' })).toContain('one');
  await remove();
  const again = await addTwo(limit('everywhere', 1));
  expect(await callForText(again, 'echo', { text: 'two' })).toMatch(/denied/);
});

test('what was allowed, or denied a moment ago, of the other one says nothing of it', async () => {
  const asks = { require_approval: true };
  const ask = async (client: Awaited<ReturnType<typeof addTwo>>, answer: 'allow' | 'deny') => {
    const asked = callForText(client, 'echo', { text: 'x' });
    const { id, signals } = await greenlight.asked();
    await greenlight.call(
      'approvals.decide',
      answer === 'allow' ? { id, answer, for: 'once' } : { id, answer },
    );
    await asked;
    return signals.map(({ kind }) => kind);
  };
  const client = await addTwo(asks);
  expect(await ask(client, 'allow')).toEqual(['first']);
  expect(await ask(client, 'deny')).toEqual([]);
  await remove();
  const again = await addTwo(asks);
  expect(await ask(again, 'allow')).toEqual(['first']);
  expect(await ask(again, 'allow')).toEqual([]);
  // Another upstream is the same server.
  await greenlight.call('servers.update', { id: 'two', kind: 'http', url: `${upstream.url}?other` });
  expect(await ask(await connectTo(greenlight, 'two', greenlight.token), 'allow')).toEqual([]);
});

test('nothing of how it was started is left in the database', async () => {
  await greenlight.call('servers.add', {
    name: 'Two',
    kind: 'stdio',
    command: process.execPath,
    args: ['-e', '0', '--api-key', 'sk-very-secret'],
  });
  await remove();
  const { sql } = greenlight.core.database;
  const tables = sql.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  for (const { name } of tables)
    expect(JSON.stringify(sql.prepare(`SELECT * FROM "${name}"`).all()), String(name)).not.toContain(
      'sk-very-secret',
    );
});
