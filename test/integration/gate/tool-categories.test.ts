/** What a tool does that nobody described: what the person is shown of it, and what becomes of their correction. */
import { expect, test } from 'vitest';
import { createApi } from '../../../main/api/api.ts';
import type { Result } from '../../../shared/contract.ts';
import type { Category } from '../../../shared/tool-category.ts';
import type { ScriptedTool } from '../../servers/http.ts';
import { connectOf } from '../../support/connect.ts';
import { type Bench, deny, offer, openBench, refused, SERVER } from './setup.ts';

const purge: ScriptedTool = {
  name: 'purge_cache',
  description: 'Purges the cache.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
};
const write: ScriptedTool = { name: 'update_it', inputSchema: { type: 'object' } };
const run: ScriptedTool = {
  name: 'run_it',
  inputSchema: { type: 'object', properties: { command: { type: 'string' }, cwd: { type: 'string' } } },
};

async function offered(...tools: ScriptedTool[]) {
  const bench = await openBench();
  const change = await offer(bench, tools);
  return { ...bench, change };
}

/** The person's window: what it is shown of the one tool, and their correction. */
function windowOf({ core }: Bench) {
  const api = createApi(core, 'browser', connectOf(core));
  const shown = async () => {
    const [tool] = ((await api.call('upstream.tools', { server: SERVER })) as Result<'upstream.tools'>).tools;
    if (!tool) throw new Error('There is no tool.');
    return tool;
  };
  const correct = async (category: Category | null, digest?: string) => {
    const tool = await shown();
    return api.call('upstream.correctTool', {
      server: SERVER,
      name: tool.name,
      digest: digest ?? tool.digest,
      category,
    });
  };
  return { shown, correct };
}

test('a tool is shown with what it does, and why', async () => {
  const { shown } = windowOf(await offered(purge));
  expect(await shown()).toMatchObject({
    category: 'destructive',
    because: 'Its name says purge.',
    corrected: false,
    standsOut: [{ kind: 'path', arguments: ['path'] }],
  });
});

test('a correction counts until it is taken back, also after a restart and a kill', async () => {
  const bench = await offered(purge);
  const { shown, correct } = windowOf(bench);
  await correct('write');
  const corrected = { category: 'write', because: 'You chose so.', corrected: true };
  expect(await shown()).toMatchObject(corrected);
  expect(await windowOf(await bench.crash()).shown()).toMatchObject(corrected);
  const again = windowOf(await bench.restart());
  expect(await again.shown()).toMatchObject(corrected);
  await again.correct(null);
  expect(await again.shown()).toMatchObject({ category: 'destructive', corrected: false });
});

test('a correction is of one definition: another one knows nothing of it, and the same one again does', async () => {
  const { core, change, ...rest } = await offered(purge);
  const { shown, correct } = windowOf({ core, ...rest } as Bench);
  await correct('read');
  const { digest } = await shown();
  await change([{ ...purge, description: 'Purges the cache, and all else.' }]);
  expect(await shown()).toMatchObject({ category: 'destructive', corrected: false });
  await expect(correct('read', digest)).rejects.toThrow(
    /changed this tool since it was shown.*Look at it again/,
  );
  await change([purge]);
  expect(await shown()).toMatchObject({ category: 'read', corrected: true });
});

test('a correction that another program wrote or changed does not count, and is told', async () => {
  const bench = await offered(purge);
  await windowOf(bench).correct('execute');
  const after = await bench.crash((sql) => sql.exec("UPDATE tool_categories SET category = 'read'"));
  expect(after.core.problems.find(({ id }) => id === 'seal')?.message).toContain('1 category that you chose');
  expect(refused(await after.admit('purge_cache', {})).rule).toBe('(blocked by user)');
  expect(await windowOf(after).shown()).toMatchObject({ category: 'destructive', corrected: false });
});

test('a question says what the tool destroys, runs and touches, and keeps no more of it than the log', async () => {
  const { core, ask, approval } = await offered(purge, run);
  const destroys = await ask('purge_cache', { path: '/var/cache' });
  expect(approval(destroys.approvalId).signals).toEqual([
    { kind: 'destroys', text: 'Destroys: Its name says purge.' },
    { kind: 'path', text: 'Touches /var/cache' },
    { kind: 'first', text: expect.any(String) },
  ]);
  const runs = await ask('run_it', { command: 'make all', cwd: '/src' });
  expect(approval(runs.approvalId).signals).toMatchObject([
    { kind: 'executes', text: 'Runs a command: make all' },
    { kind: 'path', text: 'Touches /src' },
    { kind: 'first' },
  ]);
  for (const { approvalId } of [destroys, runs]) core.gate.decide(approvalId, deny);
  expect(approval(destroys.approvalId).signals.map(({ kind }) => kind)).toEqual(['destroys', 'first']);
  expect(approval(runs.approvalId).signals.map(({ kind }) => kind)).toEqual(['first']);
});

test('a question that a policy asks by default says why the tool is thought to change something; of Luma that is known', async () => {
  const bench = await offered(write, purge);
  bench.policy({ version: '1', default: 'require_approval', tools: {}, categories: { read: {} } });
  const why = async (tool: string) => {
    await bench.ask(tool, {});
    const { approvals } = (await createApi(bench.core, 'browser', connectOf(bench.core)).call(
      'approvals.list',
      {},
    )) as Result<'approvals.list'>;
    return approvals.find((one) => one.tool === tool)?.why;
  };
  const reason = 'the policy asks for every tool that it has no rule for';
  const changes = (because: string) =>
    SERVER === 'luma' ? reason : `${reason}, and this one changes something: ${because}`;
  expect(await why('update_it')).toBe(changes('its name says update'));
  // What it destroys is said already.
  expect(await why('purge_cache')).toBe(reason);
});

test('a question that waits is asked anew when the person says what the tool does', async () => {
  const bench = await offered(purge);
  const { approvalId } = await bench.ask('purge_cache', {});
  await windowOf(bench).correct('read');
  expect(bench.approval(approvalId)).toMatchObject({ state: 'withdrawn' });
  expect(bench.pending()).toMatchObject([{ tool: 'purge_cache', signals: [{ kind: 'first' }] }]);
});
