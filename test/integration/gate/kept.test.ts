import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrations } from '../../../main/database/migrations.ts';
import type { Signal } from '../../../shared/contract.ts';
import { LUMA } from '../../../shared/server-id.ts';
import { videosIn } from '../../support/records.ts';
import { openBench, SERVER, SOON, VIDEO } from './setup.ts';

const ARGUMENTS = { prompt: 'A cat', callback_url: 'https://example.com/?token=s3cret-value' };

test('exact arguments are kept while a call may run, and masked once it is over', async () => {
  const bench = await openBench();
  const asked = await bench.ask(VIDEO, ARGUMENTS);
  expect(bench.approval(asked.approvalId).arguments).toEqual(ARGUMENTS);
  bench.core.gate.decide(asked.approvalId, { answer: 'allow', for: 'once' });
  const settled = await asked.settled();
  expect(settled.kind === 'run' && settled.run.arguments).toEqual(ARGUMENTS);
  expect(bench.core.approvals.get(asked.approvalId)?.arguments).toEqual({
    prompt: 'A cat',
    callback_url: 'https://example.com/?token=[masked]',
  });
});

test('where the log keeps names only, nothing else keeps the values either', async () => {
  const bench = await openBench();
  const { settings } = bench.core;
  settings.set({ ...settings.get(), activity: { ...settings.get().activity, arguments: 'names' } });
  const asked = await bench.ask(VIDEO, ARGUMENTS);
  bench.core.gate.decide(asked.approvalId, { answer: 'allow', for: 'once', arguments: { prompt: 'A dog' } });
  const settled = await asked.settled();
  if (settled.kind !== 'run') throw new Error(`It did not run: ${settled.kind}`);
  const text = JSON.stringify({ success: true, task_id: 'task-1' });
  settled.run.finish({
    result: 'ok',
    reached: true,
    response: { result: { content: [{ type: 'text', text }] } },
  });
  bench.clock.advance(SOON);
  expect(bench.core.approvals.get(asked.approvalId)).toMatchObject({
    arguments: { prompt: '[not kept]', callback_url: '[not kept]' },
    edited: { prompt: '[not kept]' },
  });
  expect(videosIn(bench.core)[0]?.prompt).toBe('[not kept]');
  const everything = bench.core.database.sql.prepare('SELECT * FROM approvals').all();
  expect(JSON.stringify([everything, bench.rows()])).not.toMatch(/A cat|A dog|s3cret|example\.com/);
});

test('what stood out in a call quotes nothing of it once it is over', async () => {
  const bench = await openBench();
  const also = { inputResponses: { password: 'hunter2hunter2' }, _meta: { 'vendor/token': 'vendor-secret' } };
  const asked = await bench.ask(VIDEO, ARGUMENTS, { also });
  const kinds = () => bench.approval(asked.approvalId).signals.map(({ kind }) => kind);
  // What Luma's own tools cost everybody knows.
  const spends = SERVER === LUMA ? [] : ['pays'];
  expect(kinds()).toEqual([...spends, 'second-half', 'also', 'webhook', 'first']);
  const { sql } = bench.core.database;
  const before = sql.prepare('SELECT signals FROM approvals').get();
  bench.core.gate.decide(asked.approvalId, { answer: 'deny', for: 'once' });
  expect(kinds()).toEqual(['first']);
  expect(JSON.stringify(sql.prepare('SELECT * FROM approvals').all())).not.toMatch(/hunter2|vendor-secret/);

  // What an earlier version kept goes at the next start.
  const waits = await bench.ask(VIDEO, { ...ARGUMENTS, prompt: 'A dog' });
  const again = await bench.crash((old) => {
    old.prepare('UPDATE approvals SET signals = ? WHERE state = ?').run(String(before?.signals), 'denied');
    // The step that a home of then goes through.
    old.exec(String(migrations[5]));
  });
  const rows = again.core.database.sql.prepare('SELECT id, signals FROM approvals').all();
  const kept = JSON.parse(String(rows.find(({ id }) => id === asked.approvalId)?.signals)) as Signal[];
  expect(kept.map(({ kind }) => kind)).toEqual([...spends, 'first']);
  expect(again.approval(waits.approvalId)).toMatchObject({ state: 'interrupted' });
  expect(again.core.problems).toEqual([]);
});

test('what is not kept does not stay in the free space of the file either', async () => {
  const bench = await openBench();
  const { settings, gate } = bench.core;
  settings.set({ ...settings.get(), activity: { ...settings.get().activity, arguments: 'names' } });
  for (const prompt of ['A short secret plan', 'A long secret plan '.repeat(2000)]) {
    const asked = await bench.ask(VIDEO, { prompt });
    gate.decide(asked.approvalId, { answer: 'deny', for: 'once' });
  }
  await bench.core.stop();
  const file = readFileSync(join(bench.directory, 'greenlight.db'), 'latin1');
  expect(file.split('secret plan')).toHaveLength(1);
});
