/** `greenlight log` of a host that runs, and of one that does not. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { launchCli, runCli } from '../../support/cli.ts';
import { callForText, connectClient } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { modeOf, POSIX } from '../../support/mode.ts';

/** A host with `calls` calls in its log, the newest of which is denied. */
async function hostWithCalls(calls: number) {
  const dataDir = join(temporaryFolder(), 'data');
  const host = await startBrowserHost({ dataDir });
  const client = await host.client();
  for (let call = 1; call < calls; call += 1) await callForText(client, 'luma_list_aspect_ratios');
  await callForText(client, 'luma_generate_video', { prompt: 5, 'a\u001b[2J': 1 });
  return { dataDir, host, client, home: ['--home', dataDir] };
}

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.each(['runs', 'was stopped', 'was killed'])('where Greenlight %s', (state) => {
  test('the log is exported, verified and said', async () => {
    const { dataDir, host, client, home } = await hostWithCalls(4);
    await client.close();
    if (state !== 'runs') await host.stop(state === 'was stopped' ? 'SIGTERM' : 'SIGKILL');
    else onTestFinished(() => void host.stop('SIGKILL'));

    const exported = await runCli(['log', 'export', ...home]);
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    const rows = linesOf(exported.stdout);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatchObject({ tool: 'luma_generate_video', outcome: 'denied' });
    expect(linesOf((await runCli(['log', 'export', '--outcome', 'denied', ...home])).stdout)).toHaveLength(1);
    expect((await runCli(['log', 'export', '--until', '1h', ...home])).stdout).toBe('');
    expect(linesOf((await runCli(['log', 'export', '--since', '1h', ...home])).stdout)).toHaveLength(4);

    const file = join(temporaryFolder(), 'log.csv');
    const written = await runCli(['log', 'export', '--format', 'csv', '--output', file, ...home]);
    expect(written).toMatchObject({ code: 0, stdout: `The log is in ${file}.\n` });
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(6);
    if (POSIX) expect(modeOf(file)).toBe(0o600);
    expect(await runCli(['log', 'export', '--output', file, ...home])).toMatchObject({
      code: 2,
      stderr: `${file} is there already. Name another file.\n`,
    });

    const verified = await runCli(['log', 'verify', '--json', ...home]);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(verified.stdout)).toEqual({
      valid: true,
      rows: 4,
      ...(state !== 'runs' && { note: expect.stringContaining('Greenlight does not run.') }),
    });

    const tail = await runCli(['log', 'tail', '-n', '2', '--json', ...home]);
    expect(linesOf(tail.stdout).map(({ tool }) => tool)).toEqual([
      'luma_list_aspect_ratios',
      'luma_generate_video',
    ]);
    const said = await runCli(['log', 'tail', ...home]);
    expect(said.stdout.trim().split('\n')).toHaveLength(4);
    expect(said.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}allowed/);

    if (state === 'runs') return;
    // What was read is as it was, and nobody's lock is left.
    const database = new DatabaseSync(join(dataDir, 'greenlight.db'));
    database.exec("UPDATE activity SET tool = 'other' WHERE seq = 2");
    database.close();
    expect(await runCli(['log', 'verify', ...home])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^The log is not what was written .* The row 2 \(/),
    });
    await using again = await startBrowserHost({ dataDir });
    expect(await again.api('activity.verify')).toMatchObject({ valid: false });
  });
});

test('tail --follow says each call as it comes', async () => {
  const { host, client, home } = await hostWithCalls(2);
  const tail = launchCli(['log', 'tail', '--follow', '--json', '-n', '1', ...home]);
  onTestFinished(() => void tail.child.kill('SIGKILL'));
  await tail.printed('"tool":"luma_generate_video"');
  await callForText(client, 'luma_list_actions');
  await tail.printed('"tool":"luma_list_actions"');
  await tail.printed('"result":"ok"');
  await client.close();
  await host.stop();
  expect(await tail.ended).toMatchObject({ code: 3, stderr: 'Greenlight has ended. Start it again.\n' });
});

test.each(['runs', 'was stopped'])('--server tells two servers apart, where Greenlight %s', async (state) => {
  const { host, client, home } = await hostWithCalls(1);
  await host.api('servers.add', { kind: 'sandbox', name: 'Work' });
  const { clients } = await host.api('clients.list');
  await host.api('clients.update', { id: clients[0]?.id ?? '', servers: ['luma', 'work'] });
  const other = await connectClient(`${host.ready.mcpUrl}/work`, host.ready.grant?.token ?? '');
  await callForText(other, 'luma_generate_video', { prompt: 5 });
  await other.close();
  await client.close();
  if (state === 'runs') onTestFinished(() => void host.stop('SIGKILL'));
  else await host.stop();
  for (const command of ['export', 'tail']) {
    const of = async (...more: string[]) => {
      const asked = ['log', command, '--json', '--tool', 'luma_generate_video', ...more, ...home];
      return linesOf((await runCli(asked)).stdout).map(({ server }) => server);
    };
    expect((await of()).sort()).toEqual(['luma', 'work']);
    expect(await of('--server', 'work')).toEqual(['work']);
    expect(await of('--server', 'luma')).toEqual(['luma']);
  }
});

test('of a question that is over, tail does not say that it is asked', async () => {
  const { host, client, home } = await hostWithCalls(1);
  onTestFinished(() => void host.stop('SIGKILL'));
  const { clients } = await host.api('clients.list');
  await host.api('clients.update', { id: clients[0]?.id ?? '', holdSeconds: 0 });
  const last = async () => (await runCli(['log', 'tail', '-n', '1', ...home])).stdout;
  expect(await callForText(client, 'luma_generate_video', { prompt: 'A cat' })).toContain('is being asked');
  expect(await last()).toMatch(/ {2}waiting .*The user is being asked/);
  const [{ id } = { id: '' }] = (await host.api('approvals.list')).approvals;
  await host.api('approvals.decide', { id, answer: 'deny' });
  expect(await last()).toMatch(/ {2}denied \(person\) {2}luma_generate_video/);
  expect(await last()).not.toContain('being asked');
});

test('where there is no log, it says so and makes nothing', async () => {
  const home = join(temporaryFolder(), 'none');
  for (const command of [['export'], ['verify'], ['tail'], ['tail', '--follow']]) {
    expect(await runCli(['log', ...command, '--home', home])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`No Greenlight runs with ${home}`),
    });
  }
  expect(existsSync(home)).toBe(false);
});

test('a database of another version is not read', async () => {
  const { dataDir, host, client, home } = await hostWithCalls(1);
  await client.close();
  await host.stop();
  const set = (version: string) => {
    const database = new DatabaseSync(join(dataDir, 'greenlight.db'));
    database.exec(`PRAGMA user_version = ${version}`);
    database.close();
  };
  set('1');
  expect(await runCli(['log', 'verify', ...home])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is of an earlier Greenlight. Start this one once'),
  });
  set('9999');
  expect(await runCli(['log', 'export', ...home])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is of a newer Greenlight.'),
  });
});

test.each([
  [['log'], 'Say what of the log'],
  [['log', 'export', '--since', 'soon'], '--since takes a time'],
  [['log', 'export', '--format', 'xml'], 'Invalid values'],
  [['log', 'tail', '--lines', 'many'], '--lines takes a number from 0 to 1000.'],
  [['log', 'tail', '--follow', '--tool', 'x'], '--follow says every call'],
])('%j is used wrong', async (args, says) => {
  expect(await runCli(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
});
