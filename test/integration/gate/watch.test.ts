/** A policy that is watched beside the one that judges: it decides nothing, and the log says what it would have done. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Api, createApi } from '../../../main/api/api.ts';
import { createWatch } from '../../../main/gate/watch.ts';
import type { Decision } from '../../../main/ledger/activity-row.ts';
import type { ActivityRow, MethodName, Params, Result } from '../../../shared/contract.ts';
import type { Json } from '../../../shared/json.ts';
import { askedCall, callOf } from '../../support/calls.ts';
import { askForVideo, callForText, textOf } from '../../support/client.ts';
import { connectOf } from '../../support/connect.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { askAll, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { createTestLogger, type LogLine } from '../../support/log.ts';
import { addServer, useServers } from '../../support/servers.ts';

const VIDEO = 'luma_generate_video';

/** Two videos a day; asks about rain; lists nothing. */
const watched: Json = {
  version: '1',
  default: 'allow',
  costs: { [VIDEO]: 0.4 },
  tools: {
    luma_list_actions: { action: 'deny', reason: 'Lists nothing.' },
    [VIDEO]: {
      limits: [{ counter: 'videos', window: 'day', max: 2 }],
      require_approval: { when: [{ path: 'args.prompt', op: 'contains', value: 'rain' }] },
    },
  },
};

let dataDir: string;
let greenlight: TestGreenlight;
let api: Api;
let client: Client;

async function start(): Promise<void> {
  greenlight = await startGreenlight({ dataDir });
  api = createApi(greenlight.core, 'browser', connectOf(greenlight.core, dataDir));
  client = await greenlight.connect();
}

const ask = async <M extends MethodName>(method: M, params: Params<M>) =>
  (await api.call(method, params)) as Result<M>;

/** What the log says of the newest calls, newest first. */
async function rows(filter: Params<'activity.query'> = {}): Promise<ActivityRow[]> {
  return (await ask('activity.query', filter)).rows;
}
const woulds = async () => (await rows()).map((row) => row.watched?.would);

const watch = (watchedPolicyId: string | null) =>
  ask('clients.update', { id: greenlight.grant.id, watchedPolicyId });

beforeEach(async () => {
  dataDir = temporaryFolder();
  await start();
  expect(await ask('policies.save', { name: 'Watched', document: watched })).toEqual({
    id: 'watched',
    version: 1,
  });
});

afterEach(() => greenlight.stop());

describe('a watched policy', () => {
  test('decides nothing; the log says what it would have done, and is sealed with it', async () => {
    await callForText(client, 'luma_list_actions');
    expect(await watch('watched')).toMatchObject({ watchedPolicyId: 'watched', followsDefault: true });
    expect(await callForText(client, 'luma_list_actions')).not.toContain('Lists nothing');
    expect(textOf(await askForVideo(client, 'A cat'))).toContain('task_id');
    expect(textOf(await askForVideo(client, 'Rain? rain'))).toContain('task_id');
    const [asked, passed, denied, before] = await rows();
    const policy = { id: 'watched', version: 1 };
    expect(asked).toMatchObject({
      outcome: 'allowed',
      decidedBy: 'policy',
      policy: { id: 'under-test' },
      watched: { policy, would: 'ask', rule: `/tools/${VIDEO}/require_approval/when/0` },
    });
    expect(passed?.watched).toEqual({ policy, would: 'allow' });
    expect(denied).toMatchObject({
      outcome: 'allowed',
      watched: { policy, would: 'deny', rule: '/tools/luma_list_actions/action', message: 'Lists nothing.' },
    });
    expect(before).not.toHaveProperty('watched');
    expect(greenlight.core.approvals.pending()).toEqual([]);

    expect(await rows({ watched: 'deny' })).toEqual([denied]);
    expect(await rows({ watched: 'unknown' })).toEqual([]);
    const { content } = await ask('activity.export', { format: 'csv', watched: 'ask' });
    expect(content).toMatch(/,watched,answered_by,server\r\n[^\n]*""would"":""ask""[^\n]*,luma\r\n$/);
    expect(await ask('activity.verify', {})).toMatchObject({ valid: true });
    greenlight.core.database.sql.exec("UPDATE activity SET watched = NULL WHERE watched LIKE '%deny%'");
    expect(await ask('activity.verify', {})).toMatchObject({ valid: false });
  });

  test('says nothing of calls to a server that it is not for', async () => {
    const { core, grant } = greenlight;
    await addServer(greenlight, 'two', { kind: 'sandbox' });
    useServers(greenlight, grant, 'luma', 'two');
    await watch('watched');
    await core.gate.admit(callOf(grant, { server: 'two' }));
    await core.gate.admit(callOf(grant));
    expect((await rows()).map(({ server, watched: seen }) => [server, seen?.would])).toEqual([
      ['luma', 'deny'],
      ['two', undefined],
    ]);
  });

  test('counts toward its limits apart from those in force: what it would have let run', async () => {
    await watch('watched');
    for (const prompt of ['One', 'Two', 'Three', 'Rain, rain']) await askForVideo(client, prompt);
    expect(await woulds()).toEqual(['deny', 'deny', 'allow', 'allow']);
    expect((await rows())[0]?.watched).toMatchObject({
      rule: `/tools/${VIDEO}/limits/0`,
      message: 'The limit “videos” is reached: 2 calls in 24 hours.',
    });
    expect((await ask('limits.list', {})).counters).toEqual([]);
    expect(greenlight.core.limits.counters()).toEqual([]);
  });

  test('counts all calls that come at once', async () => {
    await watch('watched');
    await Promise.all(['One', 'Two', 'Three', 'Four'].map((prompt) => askForVideo(client, prompt)));
    expect((await woulds()).toSorted()).toEqual(['allow', 'allow', 'deny', 'deny']);
  });

  test('counts what it would have asked once it runs in fact, and not where it does not', async () => {
    greenlight.usePolicy(askAll());
    await watch('watched');
    for (const answer of ['deny', 'allow', 'allow', 'allow'] as const) {
      const given = askForVideo(client, `A ${answer} in the rain ${Math.random()}`);
      const { id } = await greenlight.asked();
      await ask('approvals.decide', { id, answer });
      await given;
    }
    expect(await woulds()).toEqual(['deny', 'ask', 'ask', 'ask']);
  });

  test.each([
    ['asked', 'A cat in the rain'],
    ['allowed', 'A cat'],
  ])(
    'counts once, and tells once, what it would have %s that comes again with its ticket',
    async (_, prompt) => {
      greenlight.usePolicy(askAll());
      await watch('watched');
      await ask('clients.update', { id: greenlight.grant.id, holdSeconds: 0 });
      for (const which of [1, 2, 3]) {
        expect(textOf(await askForVideo(client, `${prompt} ${which}`))).toContain('again');
        const { id } = await greenlight.asked();
        await ask('approvals.decide', { id, answer: 'allow' });
        expect(textOf(await askForVideo(client, `${prompt} ${which}`))).toContain('task_id');
      }
      const first = prompt.includes('rain') ? 'ask' : 'allow';
      expect(await woulds()).toEqual([undefined, 'deny', undefined, first, undefined, first]);
    },
  );

  test('says of a call that was denied what it would have done, too', async () => {
    await watch('watched');
    greenlight.usePolicy({ version: '1', default: 'deny', tools: {} });
    await askForVideo(client, 'A cat');
    expect((await rows())[0]).toMatchObject({ outcome: 'denied', watched: { would: 'allow' } });
  });

  test('stays watched across a restart, until none is; its counters begin anew', async () => {
    await watch('watched');
    for (const prompt of ['One', 'Two', 'Three']) await askForVideo(client, prompt);
    await greenlight.stop();
    await start();
    const again = greenlight.core.grants.list().find(({ watchedPolicyId }) => watchedPolicyId);
    expect(again?.watchedPolicyId).toBe('watched');
    const before = greenlight.core.grants.rotate(again?.id ?? '');
    const same = await greenlight.connect({ token: before ?? '' });
    await askForVideo(same, 'Four');
    expect(await woulds()).toEqual(['allow', 'deny', 'allow', 'allow']);
    await ask('clients.update', { id: again?.id ?? '', watchedPolicyId: null });
    await askForVideo(same, 'Five');
    expect((await rows())[0]).not.toHaveProperty('watched');
  });

  test('is not deleted while it is watched, and must be there to be', async () => {
    await expect(watch('nothing')).rejects.toMatchObject({ code: 'invalid' });
    await watch('watched');
    await expect(ask('policies.delete', { id: 'watched' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Test client'),
    });
    await watch(null);
    await ask('policies.delete', { id: 'watched' });
  });
});

describe('a fault of a watched policy', () => {
  test('is told in its place, and does not touch the call', async () => {
    await watch('watched');
    greenlight.core.policies.delete('watched');
    expect(textOf(await askForVideo(client, 'A cat'))).toContain('task_id');
    expect((await rows())[0]).toMatchObject({
      outcome: 'allowed',
      watched: {
        policy: { id: 'watched' },
        would: 'unknown',
        message: 'There is no valid policy to watch. Choose another one, at Clients.',
      },
    });
  });

  test('whatever it is', () => {
    const lines: LogLine[] = [];
    const grant = { ...greenlight.grant, watchedPolicyId: 'p' };
    const faulty = createWatch({
      grants: { get: () => grant },
      policies: {
        inForce: () => {
          throw new Error('a fault');
        },
      },
      findTool: () => 'absent',
      settings: greenlight.core.settings.get,
      activity: greenlight.core.activity,
      clock: { toWall: (at) => at },
      logger: createTestLogger(lines),
    });
    const decision: Decision = { outcome: 'allowed', rule: '', forwarded: true };
    const seen = faulty.see(callOf(grant), askedCall({ id: 'a', at: 1 }), decision);
    expect(JSON.parse(seen.watched ?? '')).toEqual({
      policy: { id: 'p' },
      would: 'unknown',
      message: 'Greenlight met an error of its own; its log says more.',
    });
    expect(JSON.stringify(lines)).toContain('a watched policy could not judge a call');
  });
});
