/** Arguments that the server describes by a pattern which cannot be checked are asked for; the rest is checked. */
import { expect, it } from 'vitest';
import { echoTool } from '../../servers/http.ts';
import { type Bench, offer, openBench, refused } from './setup.ts';

const free = { version: '1', default: 'allow', tools: {} } as const;

async function mailing(): Promise<Bench> {
  const bench = await openBench(free);
  const email = { type: 'string', format: 'email', pattern: '^(?!\\.)[^@]+@[^@]+$' };
  await offer(bench, [{ ...echoTool, inputSchema: { type: 'object', properties: { email } } }]);
  return bench;
}

it('the card says what was not checked', async () => {
  const { ask, approval, rows } = await mailing();
  const { approvalId } = await ask('echo', { email: 'a@b.example' });
  expect(approval(approvalId)).toMatchObject({
    rule: '(not checked)',
    signals: [
      { kind: 'unchecked', text: expect.stringContaining('Not checked: whether "email" looks') },
      { kind: 'first' },
    ],
  });
  expect(rows()[0]).toMatchObject({ outcome: 'pending', forwarded: 0 });
});

it('what does not fit otherwise is denied', async () => {
  const { admit } = await mailing();
  expect(refused(await admit('echo', { email: 5 }))).toMatchObject({
    rule: '/tools/echo/validate_arguments',
  });
});

it('where the person chose so, such a call is denied, and its agent told what to do', async () => {
  const { core, admit } = await mailing();
  core.settings.set({ ...core.settings.get(), uncheckedArguments: 'deny' });
  expect(refused(await admit('echo', { email: 'a@b.example' }))).toMatchObject({
    rule: '(not checked)',
    reason: expect.stringContaining('"email" must look like. Leave it out'),
  });
  expect((await admit('echo', {})).kind).toBe('run');
});

it('arguments that the person edits may be such ones', async () => {
  const { core, ask, approval } = await mailing();
  const { approvalId } = await ask('echo', { email: 'a@b.example' });
  core.gate.decide(approvalId, { answer: 'allow', for: 'once', arguments: { email: 'c@d.example' } });
  expect(approval(approvalId)).toMatchObject({ state: 'allowed', edited: { email: 'c@d.example' } });
});
