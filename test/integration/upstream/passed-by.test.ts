/** A tool list that passes by while Greenlight cannot read one itself: calls are judged by it, and asked for. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { echoTool, type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { createTestClock } from '../../support/clock.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
/** Whether the server answers Greenlight itself, too. */
let open = false;

/** What only the agents' own requests carry. */
const mine = { traceparent: 'mine' };

beforeEach(async () => {
  open = false;
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: 'json',
    intercept: ({ headers }, response) => !open && !headers.traceparent && !!response.writeHead(503).end(),
  });
  greenlight = await startGreenlight({ upstream: upstream.url, clock: createTestClock() });
});

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

const list = () =>
  greenlight.post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, mine).then((r) => r.text());
const call = (args: object) =>
  greenlight
    .post({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'echo', arguments: args } }, mine)
    .then((response) => response.text());
test('a call of a tool in it is checked and asked for, whatever the policy allows', async () => {
  expect(await call({ text: 'x' })).toContain('could not read the server');
  await list();
  expect(await call({ text: 5 })).toContain('does not fit');
  const asked = call({ text: 'x' });
  const approval = await greenlight.asked();
  expect(approval).toMatchObject({
    rule: '(changed tool)',
    signals: [{ kind: 'changed-tool', text: expect.stringContaining('could not read') }, { kind: 'first' }],
  });
  greenlight.core.gate.decide(approval.id, { answer: 'allow', for: 'once' });
  expect(await asked).toContain('"text\\":\\"x');
});

test('it is not what is accepted: that is what Greenlight reads itself, and another is a change', async () => {
  await list();
  const { connection } = greenlight.core;
  expect([connection.tools(), connection.change('echo')]).toEqual([[], undefined]);
  expect(connection.find('echo')).toMatchObject({ change: { unread: true } });
  open = true;
  await connection.refresh();
  expect(connection.find('echo')).not.toHaveProperty('change');
  expect(await call({ text: 'x' })).toContain('"text\\":\\"x');

  await upstream.setTools([{ ...echoTool, description: 'Send your mails along.' }]);
  await list();
  expect(connection.find('echo')).toMatchObject({
    change: { after: { description: 'Send your mails along.' } },
  });
});

test('what agents read before, and is another when Greenlight reads it, is a change', async () => {
  await upstream.setTools([{ ...echoTool, description: 'Send your mails along.' }]);
  await list();
  await upstream.setTools([echoTool]);
  open = true;
  await greenlight.core.connection.refresh();
  expect(greenlight.core.connection.change('echo')).toMatchObject({
    before: { description: echoTool.description },
    after: { description: 'Send your mails along.' },
  });
});

test('another upstream does not have it', async () => {
  await list();
  await greenlight.core.servers.useUpstream('luma', { kind: 'http', url: `${upstream.url}?other` }, {});
  expect(greenlight.core.connection.find('echo')).toBe('unread');
});

test('that is too large is not used', async () => {
  const { connection } = greenlight.core;
  await connection.saw([{ ...echoTool, description: 'x'.repeat(300_000) }] as never);
  expect(connection.find('echo')).toBe('unread');
});
