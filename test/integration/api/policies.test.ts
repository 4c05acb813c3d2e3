/** What the window asks for, answered by the real process: policies. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo, textOf } from '../../support/client.ts';
import { useFromOutside } from '../../support/outside.ts';
import type { WindowEvents } from '../../support/window-events.ts';

let host: BrowserHost;
let window: WindowEvents;

beforeEach(async () => {
  host = await startBrowserHost();
  window = await host.events();
});

afterEach(async () => {
  window.close();
  await host.stop();
});

describe('policies', () => {
  const open: Json = { version: '1', default: 'allow', tools: {} };
  const shut: Json = { version: '1', default: 'deny', tools: {} };

  test('saved, read, versioned, restored, deleted', async () => {
    const saved = await host.api('policies.save', { name: 'My policy', document: open });
    expect(saved).toEqual({ id: 'my-policy', version: 1 });
    expect(await host.api('policies.save', { id: 'my-policy', name: 'Mine', document: shut })).toEqual({
      id: 'my-policy',
      version: 2,
    });
    expect(await host.api('policies.get', { id: 'my-policy' })).toEqual({
      id: 'my-policy',
      name: 'Mine',
      version: 2,
      document: shut,
      path: join(host.dataDir, 'policies', 'my-policy.json'),
    });
    expect((await host.api('policies.get', { id: 'my-policy', version: 1 })).document).toEqual(open);
    expect((await host.api('policies.history', { id: 'my-policy' })).versions).toMatchObject([
      { version: 2, document: shut },
      { version: 1, document: open },
    ]);
    expect(await host.api('policies.restore', { id: 'my-policy', version: 1 })).toEqual({
      id: 'my-policy',
      version: 3,
    });
    const row = (await host.api('policies.list')).policies.find(({ id }) => id === 'my-policy');
    expect(row).toMatchObject({ name: 'Mine', version: 3, isDefault: false, usedBy: [], errors: [] });
    expect(await host.api('policies.delete', { id: 'my-policy' })).toEqual({ done: true });
    for (const call of [
      () => host.api('policies.get', { id: 'my-policy' }),
      () => host.api('policies.delete', { id: 'my-policy' }),
      () => host.api('policies.restore', { id: 'my-policy', version: 1 }),
      () => host.api('policies.get', { id: 'block-everything', version: 99 }),
    ]) {
      await expect(call()).rejects.toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  test('one that is not valid is not saved, and says where', async () => {
    const document: Json = { version: '1', default: 'allow', tools: { t: { limits: [{ max: -1 }] } } };
    const { errors } = (await host.api('policies.save', { name: 'Wrong', document })) as {
      errors: { pointer: string; message: string }[];
    };
    expect(errors[0]?.pointer).toMatch(/^\/tools\/t\/limits\/0/);
    expect(await host.api('policies.validate', { document })).toEqual({ valid: false, errors });
    expect(await host.api('policies.validate', { document: open })).toEqual({ valid: true, errors: [] });
    expect((await host.api('policies.list')).policies.some(({ id }) => id === 'wrong')).toBe(false);
  });

  test('one that is in use is not deleted', async () => {
    const used = host.api('policies.delete', { id: 'ask-before-every-video' });
    await expect(used).rejects.toMatchObject({ status: 409, message: expect.stringContaining('default') });
    await host.api('clients.create', { label: 'Cursor', policyId: 'block-everything' });
    await expect(host.api('policies.delete', { id: 'block-everything' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('Cursor'),
    });
  });

  test('a trial tells what would happen', async () => {
    const { document } = await host.api('policies.get', { id: 'ask-before-every-video' });
    const tool = 'luma_generate_video';
    const trial = (args: Record<string, Json>, name = tool) =>
      host.api('policies.simulate', { document, tool: name, arguments: args });
    expect(await trial({ prompt: 'A cat' })).toMatchObject({
      outcome: 'ask',
      rule: `/tools/${tool}/require_approval`,
    });
    expect(await trial({ prompt: 7 })).toMatchObject({ outcome: 'deny', message: expect.any(String) });
    expect(await trial({}, 'luma_list_actions')).toMatchObject({ outcome: 'allow' });
    expect(await trial({}, 'rm_rf')).toMatchObject({ outcome: 'deny' });
    await expect(
      host.api('policies.simulate', { document: { version: '9' }, tool, arguments: {} }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringContaining('/version') });
  });

  test('an edit on disk is followed once it is used; one that is not valid is reported and the last valid one stays', async () => {
    const { path } = await host.api('policies.get', { id: 'ask-before-every-video' });
    writeFileSync(path, JSON.stringify(open));
    await useFromOutside(host, 'policy:ask-before-every-video');
    await window.next('changed', ({ what }) => what === 'policies');
    expect((await host.api('policies.get', { id: 'ask-before-every-video' })).version).toBe(2);
    const client = await host.client();
    expect(textOf(await askForVideo(client))).toContain('task_id');

    writeFileSync(path, '{"version": "1", ');
    const isInvalid = ({ id }: { id: string }) => id.startsWith('policy:');
    const { problems } = await window.next('state', (state) => state.problems.some(isInvalid));
    expect(problems).toEqual([
      {
        id: 'policy:ask-before-every-video',
        message: expect.stringMatching(
          /ask-before-every-video\.json.*Version 2 of this policy stays in force\./,
        ),
      },
    ]);
    expect(textOf(await askForVideo(client, 'Again'))).toContain('task_id');
    writeFileSync(path, JSON.stringify(shut));
    await useFromOutside(host, 'policy:ask-before-every-video');
    expect((await host.api('state.get')).problems).toEqual([]);
    expect((await askForVideo(client, 'Once more')).isError).toBe(true);
    await client.close();
  });
});
