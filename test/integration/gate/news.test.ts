/** What others are told of calls, and what they do wrong then. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { videosIn } from '../../support/records.ts';
import { answer, connectionOf, openBench, ruled, running, SERVERS, SOON, VIDEO } from './setup.ts';

const allowed = ruled({ action: 'allow', limits: [{ counter: 'videos', window: 'hour', max: 50 }] });
const submission = JSON.stringify({ task_id: 't1', state: 'pending' });

describe('a listener', () => {
  it('that fails when a video is noted leaves neither the call nor its reservation open', async () => {
    const { admit, core, rows, counted, clock } = await openBench(allowed);
    core.videos.onChange(() => {
      throw new Error('The window is gone.');
    });
    answer(running(await admit(VIDEO)), submission);
    clock.advance(SOON);
    expect(rows()[0]).toMatchObject({ result: 'ok', task_id: 't1' });
    expect(counted()).toEqual({ held: 0, settled: 1 });
    expect(videosIn(core)).toMatchObject([{ task_id: 't1' }]);
    expect(core.gate.trouble()).toBeUndefined();
    expect(await core.activity.verify()).toEqual({ valid: true, rows: 1 });
  });

  it('is told of a video when it and its call are written for everybody', async () => {
    const { admit, core, directory, clock } = await openBench(allowed);
    const seen: unknown[] = [];
    core.videos.onChange(() => {
      const other = new DatabaseSync(join(directory, 'greenlight.db'), { readOnly: true });
      seen.push(
        other.prepare('SELECT task_id FROM videos').all(),
        other.prepare('SELECT result FROM activity').all(),
      );
      other.close();
    });
    answer(running(await admit(VIDEO)), submission);
    clock.advance(SOON);
    expect(seen).toMatchObject([[{ task_id: 't1' }], [{ result: 'ok' }]]);
  });

  it.each(['videos', 'grants', 'guard', 'policies', 'connection'] as const)(
    'to %s that fails disturbs neither what changed nor the others, and can be ended',
    async (part) => {
      const { core, admit, policy, clock } = await openBench(allowed);
      const change = {
        videos: async () => {
          answer(running(await admit(VIDEO)), submission);
          clock.advance(SOON);
        },
        grants: () => core.grants.create('Another', SERVERS),
        guard: () => core.guard.set({ mode: 'ask' }),
        policies: () => policy(ruled({ action: 'deny' })),
        connection: () => connectionOf(core).use(connectionOf(core).upstream(), { kind: 'sandbox' }),
      }[part];
      const listened = part === 'connection' ? connectionOf(core) : core[part];
      listened.onChange(() => {
        throw new Error('not my day');
      });
      let heard = 0;
      const end = listened.onChange(() => {
        heard += 1;
      });
      await change();
      expect(heard).toBeGreaterThan(0);
      end();
      const before = heard;
      core.guard.set({ mode: 'policy' });
      policy(allowed);
      await change();
      expect(heard).toBe(before);
    },
  );
});
