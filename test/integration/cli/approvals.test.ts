/** `greenlight approvals` with a real browser host. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MethodName, methods } from '../../../shared/contract.ts';
import { SUSPECT } from '../../../shared/text.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { launchCli, runCli } from '../../support/cli.ts';
import { askForVideo, connectClient, textOf } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { modeOf, POSIX } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';

const onPosix = skipUnless(POSIX, 'a Unix socket');

/** Asks for a video, and waits until the person is asked. */
async function askedVideo(host: BrowserHost, prompt?: string) {
  const client = await host.client();
  const answer = askForVideo(client, prompt);
  let id = '';
  await until(async () => {
    const { approvals } = await host.api('approvals.list');
    id = approvals[0]?.id ?? '';
    return id !== '';
  });
  return { id, answer, close: () => client.close() };
}

describe('approvals', () => {
  test('and rows of the log of another server than luma name it', async () => {
    await using host = await startBrowserHost();
    const home = ['--home', host.dataDir];
    const { id } = await host.api('servers.add', { name: 'Work', kind: 'sandbox' });
    const made = await host.api('clients.create', { label: 'Writer', servers: [id] });
    const client = await connectClient(made.mcpUrl, made.token);
    const answer = askForVideo(client);
    await until(async () => (await host.api('approvals.list', {})).approvals.length > 0);
    expect((await runCli(['approvals', 'list', ...home])).stdout).toContain(
      '\n  luma_generate_video on work for Writer',
    );
    expect((await runCli(['log', 'tail', ...home])).stdout).toContain('luma_generate_video on work  Writer');
    const [question] = (await host.api('approvals.list', {})).approvals;
    await host.api('approvals.decide', { id: question?.id ?? '', answer: 'deny', for: 'once' });
    await answer;
    await client.close();
  });

  test('are listed and denied with a reason, which the agent is told; the log says by what way', async () => {
    await using host = await startBrowserHost();
    const home = ['--home', host.dataDir];
    expect(await runCli(['approvals', 'list', ...home])).toMatchObject({
      code: 0,
      stdout: 'Nothing waits for an answer.\n',
    });
    const { id, answer, close } = await askedVideo(host, 'A cat \u202eniar eht ni\u001b[2J');

    const listed = await runCli(['approvals', 'list', ...home]);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toContain(`pending  ${id}\n  luma_generate_video for First client`);
    expect(listed.stdout).toContain('[U+202E]');
    expect(listed.stdout).not.toMatch(SUSPECT);
    const json = await runCli(['approvals', 'list', '--json', ...home]);
    expect(json.stdout).not.toMatch(SUSPECT);
    expect(JSON.parse(json.stdout)).toMatchObject([
      { id, state: 'pending', arguments: { prompt: 'A cat \u202eniar eht ni\u001b[2J' } },
    ]);

    const denied = await runCli(['approvals', 'deny', id, '--reason', 'Not today.', ...home]);
    expect(denied).toMatchObject({ code: 0, stdout: expect.stringContaining('Denied. The agent is told.') });
    expect(textOf(await answer)).toContain('Not today.');
    const { rows } = await host.api('activity.query', {});
    expect(rows[0]).toMatchObject({ outcome: 'denied', decidedBy: 'person', answeredBy: 'command line' });

    expect(await runCli(['approvals', 'deny', id, ...home])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\w+\.\n$/),
    });
    expect(await runCli(['approvals', 'deny', 'nothing', ...home])).toMatchObject({ code: 1 });
    expect(await runCli(['approvals', 'deny', id, '--reason', 'x'.repeat(2001), ...home])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--reason takes 2000 characters at most.'),
    });
    const answered = await runCli(['approvals', 'list', '--answered', '--json', ...home]);
    expect(JSON.parse(answered.stdout)).toMatchObject([{ id, state: 'denied', reason: 'Not today.' }]);
    await close();
  });

  test('are watched: what waits already, then each change, until Greenlight ends', async () => {
    await using host = await startBrowserHost();
    const first = await askedVideo(host);
    const watch = launchCli(['approvals', 'watch', '--json', '--home', host.dataDir]);
    onTestFinished(() => void watch.child.kill('SIGKILL'));
    await watch.printed(first.id);
    await host.api('approvals.decide', { id: first.id, answer: 'deny' });
    await watch.printed('"state":"denied"');
    await host.stop();
    const { code, stdout, stderr } = await watch.ended;
    expect(code).toBe(3);
    expect(stderr).toBe('Greenlight has ended. Start it again.\n');
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(told.map(({ id, state }) => [id, state])).toContainEqual([first.id, 'denied']);
    await first.answer.catch(() => undefined);
  });

  test('are never allowed, and it says why', async () => {
    for (const args of [
      ['approvals', 'allow'],
      ['approvals', 'allow', 'x', '--for', 'once'],
    ]) {
      expect(await runCli(args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('an agent that runs commands as you would be its own approver'),
      });
    }
  });
});

describe('without a Greenlight', () => {
  test('it says so, and ends with 3', async () => {
    const home = join(temporaryFolder(), 'none');
    expect(await runCli(['approvals', 'list', '--home', home])).toEqual({
      code: 3,
      signal: null,
      stdout: '',
      stderr: `No Greenlight runs with ${home}. Start it (the application, or "greenlight serve"), or name another data directory with --home.\n`,
    });
    expect(existsSync(home)).toBe(false);
  });

  test('that was killed, the next one takes the place of what it left', onPosix, async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const first = await startBrowserHost({ dataDir });
    await first.stop('SIGKILL');
    expect(existsSync(join(dataDir, 'command/socket'))).toBe(true);
    expect(await runCli(['approvals', 'list', '--home', dataDir])).toMatchObject({ code: 3 });
    await using second = await startBrowserHost({ dataDir });
    expect(await runCli(['approvals', 'list', '--home', dataDir])).toMatchObject({ code: 0 });
    await second.stop();
    expect(existsSync(join(dataDir, 'command/socket'))).toBe(false);
  });
});

describe('the command socket', onPosix, () => {
  const ask = async (dataDir: string, request: string) => {
    const socket = createConnection(join(dataDir, 'command/socket'));
    socket.write(request);
    return JSON.parse(await text(socket)) as { result?: unknown; error?: { code: string; message: string } };
  };

  test('is for its owner alone, in a folder that is too', async () => {
    await using host = await startBrowserHost();
    expect(modeOf(join(host.dataDir, 'command'))).toBe(0o700);
    expect(modeOf(join(host.dataDir, 'command/socket'))).toBe(0o600);
  });

  test('does nothing but deny: each other method of the contract is refused', async () => {
    await using host = await startBrowserHost();
    const { id, answer, close } = await askedVideo(host);
    const open: MethodName[] = [
      'state.get',
      'clock.get',
      'approvals.list',
      'approvals.get',
      'activity.query',
      'activity.get',
      'activity.export',
      'activity.verify',
      'connect.targets',
      'connect.preview',
      'upstream.tools',
    ];
    for (const method of Object.keys(methods) as MethodName[]) {
      if (open.includes(method)) continue;
      const { error } = await ask(host.dataDir, `${JSON.stringify({ method, params: {} })}\n`);
      expect(error?.message, method).toContain('The command line looks, and denies');
    }
    for (const params of [
      { id, answer: 'allow' },
      { id, answer: 'allow', for: 'quit' },
      { id, answer: 'deny', answers: 'allow' },
      { id, answer: 'deny', for: 'block-15m' },
      { id, answer: 'deny', arguments: {} },
      { id, answer: 'deny', by: 'window' },
    ]) {
      const { error } = await ask(
        host.dataDir,
        `${JSON.stringify({ method: 'approvals.decide', params })}\n`,
      );
      expect(error?.message, JSON.stringify(params)).toContain('The command line looks, and denies');
    }
    expect(await host.api('approvals.get', { id })).toMatchObject({ state: 'pending' });
    await host.api('approvals.decide', { id, answer: 'deny' });
    await answer;
    await close();
  });

  test('survives what is no request, and many that say nothing', async () => {
    await using host = await startBrowserHost();
    const idle = Array.from({ length: 80 }, () => {
      const socket = createConnection(join(host.dataDir, 'command/socket'));
      socket.on('error', () => {});
      return socket;
    });
    await until(() => idle.some((socket) => socket.closed));
    expect(await runCli(['approvals', 'list', '--home', host.dataDir])).toMatchObject({
      code: 1,
      stderr: 'Greenlight gave no answer: it ends just now, or too many ask at once. Try again.\n',
    });
    for (const socket of idle) socket.destroy();
    for (const request of [
      '\n',
      'no JSON\n',
      '[]\n',
      '{"method":1}\n',
      '{"follow":["nothing"]}\n',
      'x'.repeat(70_000),
    ]) {
      await until(async () => {
        const { error } = await ask(host.dataDir, request);
        return error?.message.includes('does not understand the request') === true;
      });
    }
    expect(await runCli(['approvals', 'list', '--home', host.dataDir])).toMatchObject({ code: 0 });
  });

  test('of one home is not that of another', async () => {
    await using one = await startBrowserHost();
    await using other = await startBrowserHost();
    const { id, answer, close } = await askedVideo(one);
    expect((await runCli(['approvals', 'list', '--home', other.dataDir])).stdout).toContain('Nothing waits');
    expect(await runCli(['approvals', 'deny', id, '--home', other.dataDir])).toMatchObject({ code: 1 });
    expect(await runCli(['approvals', 'deny', id], { env: { GREENLIGHT_HOME: one.dataDir } })).toMatchObject({
      code: 0,
    });
    await answer;
    await close();
  });

  test('in a folder that others may write into is not trusted', async () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'command'));
    spawnSync('chmod', ['777', join(dataDir, 'command')]);
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(join(dataDir, 'command/socket'), resolve));
    expect(await runCli(['approvals', 'list', '--home', dataDir])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not a folder of yours alone'),
    });
  });

  test('that cannot be opened keeps no Greenlight from starting, and the command line says what is the case', async () => {
    const dataDir = join(temporaryFolder(), 'long'.repeat(30));
    await using host = await startBrowserHost({ dataDir });
    await host.logged('longer than the 103 bytes');
    expect(await runCli(['approvals', 'list', '--home', dataDir])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`A Greenlight runs with ${dataDir}, but it does not listen`),
    });
  });
});
