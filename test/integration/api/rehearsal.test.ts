/** A policy rehearsed with the calls of the log, over the window's API: the real gate wrote them. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Result } from '../../../shared/contract.ts';
import type { Json } from '../../../shared/json.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo, callForText, textOf } from '../../support/client.ts';

const VIDEO = 'luma_generate_video';

/** What is in force: a limit that denies, a rule that denies, a rule that asks, a tool that is not listed. */
const inForce: Json = {
  version: '1',
  default: 'deny',
  costs: { [VIDEO]: 0.5 },
  tools: {
    luma_list_actions: { limits: [{ counter: 'lists', window: 'day', max: 3 }] },
    [VIDEO]: {
      deny_if: [{ path: 'args.prompt', op: 'contains', value: 'dog', on_deny: 'No dogs.' }],
      require_approval: { when: [{ path: 'args.prompt', op: 'contains', value: 'rain' }] },
    },
  },
};

let host: BrowserHost;
let client: Client;
let policyId: string;

type Rehearsed = Result<'policies.rehearse'>;

/** `3 ran, unasked: allow`: how many calls of each kind. */
function kinds({ groups }: Pick<Rehearsed, 'groups'>): Record<string, number> {
  return Object.fromEntries(
    groups.map(({ would, asked, ran, calls }) => [
      `${asked ? 'asked' : 'not asked'}, ${ran ? 'ran' : 'did not run'}: ${would}`,
      calls,
    ]),
  );
}

async function answered(answer: 'allow' | 'deny', prompt: string): Promise<string> {
  const given = askForVideo(client, prompt);
  await expect
    .poll(async () => (await host.api('approvals.list')).approvals.length, { interval: 20 })
    .toBe(1);
  const [approval] = (await host.api('approvals.list')).approvals;
  await host.api('approvals.decide', { id: approval?.id ?? '', answer });
  return textOf(await given);
}

beforeAll(async () => {
  host = await startBrowserHost();
  const saved = await host.api('policies.save', { name: 'In force', document: inForce });
  if (!('id' in saved)) throw new Error(JSON.stringify(saved));
  policyId = saved.id;
  await host.api('settings.set', { defaultPolicyId: policyId });
  client = await host.client();
});

afterAll(async () => {
  await client?.close();
  await host?.stop();
});

describe('a policy is rehearsed', () => {
  test('with nothing, while there is no call', async () => {
    expect(await host.api('policies.rehearse', { document: inForce, id: policyId })).toEqual({
      calls: 0,
      clients: ['First client'],
      groups: [],
    });
  });

  test('with what happened: the policy that was in force would have done the same', async () => {
    for (let call = 0; call < 5; call++) await callForText(client, 'luma_list_actions');
    await callForText(client, 'luma_list_aspect_ratios').catch(() => '');
    await askForVideo(client, 'A cat');
    await askForVideo(client, 'A dog');
    await askForVideo(client, 'A dog, Bearer abcdefghijklmnop');
    await answered('allow', 'A cat in the rain');
    await answered('deny', 'A horse in the rain');
    const rehearsed = await host.api('policies.rehearse', { document: inForce, id: policyId });
    expect(kinds(rehearsed)).toEqual({
      'not asked, ran: allow': 4,
      'not asked, did not run: deny': 4,
      'not asked, did not run: unknown': 1,
      'asked, ran: ask': 1,
      'asked, did not run: ask': 1,
    });
    expect(rehearsed).toMatchObject({ calls: 11, clients: ['First client'], countsFrom: rehearsed.from });
    expect(rehearsed).not.toHaveProperty('cut');
    const denied = rehearsed.groups.find(({ would }) => would === 'deny');
    expect(denied?.newest).toMatchObject([
      { row: { arguments: { prompt: 'A dog' } }, rule: `/tools/${VIDEO}/deny_if/0`, message: 'No dogs.' },
      { rule: '(default deny)' },
      { rule: '/tools/luma_list_actions/limits/0', message: expect.stringContaining('3 calls in 24 hours') },
      { row: { tool: 'luma_list_actions', outcome: 'denied', client: { label: 'First client' } } },
    ]);
    const [asked] = rehearsed.groups.filter(({ would, ran }) => would === 'ask' && ran);
    expect(asked).toMatchObject({ cost: 0.5, newest: [{ rule: `/tools/${VIDEO}/require_approval/when/0` }] });
  });

  test('as it is written, not saved: who would not have been asked, what would have been denied, and its cost', async () => {
    const open = await host.api('policies.rehearse', {
      document: { version: '1', default: 'allow', tools: {} },
      id: policyId,
    });
    expect(kinds(open)).toEqual({
      'not asked, ran: allow': 4,
      'not asked, did not run: allow': 4,
      'not asked, did not run: unknown': 1,
      'asked, ran: allow': 1,
      'asked, did not run: allow': 1,
    });
    expect(open).not.toHaveProperty('countsFrom');
    const shut = await host.api('policies.rehearse', {
      document: { version: '1', default: 'deny', tools: {} },
      id: policyId,
    });
    const ran = shut.groups.filter((group) => group.ran);
    expect(ran.map(({ would }) => would)).toEqual(['deny', 'deny']);
    expect(ran.reduce((sum, { cost }) => sum + cost, 0)).toBe(1);
    // Nothing was counted or asked, and the policy in force is what it was.
    expect((await host.api('approvals.list')).approvals).toEqual([]);
    expect((await host.api('policies.get', { id: policyId })).version).toBe(1);
  });

  test('calls of one approval are one: the ticket is the end of the question', async () => {
    const [first] = (await host.api('clients.list')).clients;
    await host.api('clients.update', { id: first?.id ?? '', holdSeconds: 0 });
    const before = await host.api('policies.rehearse', { document: inForce, id: policyId });
    expect(textOf(await askForVideo(client, 'A fish in the rain'))).toContain('again');
    const [approval] = (await host.api('approvals.list')).approvals;
    await host.api('approvals.decide', { id: approval?.id ?? '', answer: 'allow' });
    expect(textOf(await askForVideo(client, 'A fish in the rain'))).toContain('task_id');
    const { rows } = await host.api('activity.query', { text: 'A fish' });
    expect(rows).toHaveLength(2);
    const after = await host.api('policies.rehearse', { document: inForce, id: policyId });
    expect(after.calls).toBe(before.calls + 1);
    expect(kinds(after)['asked, ran: ask']).toBe(2);
    const shown = after.groups.find(({ would, ran }) => would === 'ask' && ran)?.newest[0];
    expect(shown?.row).toMatchObject({ forwarded: true, arguments: { prompt: 'A fish in the rain' } });
  });

  test('with the calls of those who follow it, or of all where nobody does; a test call is nobody’s', async () => {
    const other = await host.api('clients.create', { label: 'Other', policyId: 'block-everything' });
    const second = await host.client(other.token);
    await askForVideo(second, 'A bird');
    await second.close();
    await host.api('demo.call', { tool: 'luma_list_actions' });
    const document: Json = { version: '1', default: 'allow', tools: {} };
    const rehearsed = (id?: string) =>
      host.api('policies.rehearse', { document, ...(id !== undefined && { id }) });
    const [default_, blocked, all, unused] = [
      await rehearsed(policyId),
      await rehearsed('block-everything'),
      await rehearsed(),
      await rehearsed('look-but-dont-spend'),
    ];
    expect(blocked).toMatchObject({ calls: 1, clients: ['Other'] });
    expect(blocked.groups[0]).toMatchObject({ would: 'allow', asked: false, ran: false });
    expect(all.calls).toBe(default_.calls + 1);
    for (const each of [all, unused]) expect(each).not.toHaveProperty('clients');
    expect(unused.calls).toBe(all.calls);
  });

  test('only where it is valid', async () => {
    await expect(
      host.api('policies.rehearse', { document: { version: '9' }, id: policyId }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringContaining('/version') });
  });
});
