/** A process that is killed while it prunes the log leaves one that verifies, and the next one goes on. */
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { callOf } from '../../support/calls.ts';
import { startChild } from '../../support/child.ts';
import { createTestClock } from '../../support/clock.ts';
import { folderOfSuite, temporaryFolder } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';
import type { Told } from './die-pruning.ts';

const PROGRAM = fileURLToPath(new URL('./die-pruning.ts', import.meta.url));
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

/** Of some hundred writes, at which it dies: so that all kinds are among them, as a slice has seven. `EVERY=1`: at each. */
const EVERY = Number(process.env.EVERY ?? 9);

const home = folderOfSuite();

const open = {
  version: '1',
  default: 'allow',
  tools: { luma_generate_video: { require_approval: true } },
} as const;

// Calls, an answered approval, a video and old versions of the policy, all of one day.
beforeAll(async () => {
  const clock = createTestClock(START);
  const { core, grant, usePolicy, stop } = await startGreenlight({ dataDir: home(), clock, policy: open });
  core.settings.set({
    ...core.settings.get(),
    activity: { ...core.settings.get().activity, keepFor: '90 days' },
  });
  for (let version = 0; version < 105; version += 1) usePolicy({ ...open, description: `${version}` });
  const call = (tool: string, args = {}) =>
    core.gate.admit(callOf(grant, { session: 's', tool, arguments: args }));
  const content = [{ type: 'text', text: JSON.stringify({ task_id: 'old', state: 'completed' }) }];
  const asked = await call('luma_generate_video', { prompt: 'A cat' });
  core.gate.decide(String(core.approvals.pending()[0]?.id), { answer: 'allow', for: 'once' });
  const allowed = asked.kind === 'wait' ? await asked.wait.settled : asked;
  if (allowed.kind !== 'run') throw new Error(`It does not run but: ${allowed.kind}`);
  allowed.run.finish({ reached: true, result: 'ok', response: { result: { content } } });
  for (let count = 0; count < 300; count += 1) {
    const found = await call('luma_list_actions');
    if (found.kind === 'run')
      found.run.finish({ reached: true, result: 'ok', response: { result: { content: [] } } });
  }
  clock.advance(1000);
  await stop();
});

/** Lets a process prune a copy of the home and die; what it told, and the copy. */
async function die(dieAt: number): Promise<{ told: Told[]; directory: string }> {
  const directory = temporaryFolder();
  cpSync(home(), directory, { recursive: true });
  const env = { ...process.env, DIE_AT: `${dieAt}`, NOW: `${START + DAY}` };
  const child = startChild(process.execPath, [PROGRAM, directory], env);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  const lines = output.split('\n').filter(Boolean);
  return { told: lines.map((line) => JSON.parse(line) as Told), directory };
}

/** Starts on what is left, looks, and has pruning go on to its end. */
async function look(directory: string, told: Told[], end: number) {
  const clock = createTestClock(end);
  const { core, stop } = await startGreenlight({ dataDir: directory, clock, policy: null });
  onTestFinished(stop);
  const all = (query: string) => core.database.sql.prepare(query).all();
  const count = (table: string) => Number(all(`SELECT count(*) AS n FROM ${table}`)[0]?.n);
  const oldest = () => Number(all('SELECT min(at) AS at FROM activity')[0]?.at);
  const pages = (name: string) => Number(all(`PRAGMA ${name}`)[0]?.[name]);

  expect(core.problems).toEqual([]);
  const rows = count('activity');
  const from = { valid: true, rows, ...(count('log_anchor') > 0 && { from: oldest() }) };
  expect(await core.activity.verify()).toEqual(from);
  const [underWay] = told;
  const ended = told.some(({ what }) => what === 'ended');
  if (!ended && underWay?.what === 'under way') {
    const [row] = all(`SELECT result FROM activity WHERE id = '${underWay.callId}'`);
    // Its end may be written, and not told yet.
    expect(['interrupted', 'ok']).toContain(row?.result);
    expect(rows).toBeGreaterThan(250);
  }
  clock.advance(3 * 60_000);
  expect(await core.activity.verify()).toEqual({ valid: true, rows: 1, from: oldest() });
  expect(oldest()).toBeGreaterThan(START + 90 * DAY);
  expect(count('approvals')).toBe(0);
  expect(count('videos')).toBe(0);
  expect(all("SELECT count(*) AS n FROM policy_versions WHERE policy_id = 'under-test'")).toEqual([
    { n: 100 },
  ]);
  expect(pages('freelist_count')).toBe(0);
  expect(core.problems).toEqual([]);
  await stop();
  rmSync(directory, { recursive: true });
  return rows;
}

test('a process that dies at whatever write while it prunes leaves a log that verifies and is pruned on', {
  timeout: 600_000,
}, async () => {
  const whole = await die(0);
  const last = whole.told.at(-1);
  if (last?.what !== 'over') throw new Error(`It did not prune to its end: ${JSON.stringify(whole.told)}`);
  await look(whole.directory, whole.told, last.end);
  const left = new Set<number>();
  for (let dieAt = EVERY; dieAt <= last.writes; dieAt += EVERY) {
    const { told, directory } = await die(dieAt);
    expect(told.some(({ what }) => what === 'over')).toBe(false);
    left.add(await look(directory, told, last.end));
  }
  // It died while rows went, not only before and after.
  expect(left.size).toBeGreaterThan(2);
});
