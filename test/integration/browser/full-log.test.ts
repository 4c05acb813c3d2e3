/** The log cannot be written, or nobody reads it: everything else goes on. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { startChild } from '../../support/child.ts';
import { connectClient } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { skipUnless } from '../../support/skip.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';

test(
  'a host whose log cannot be written judges, refuses and ends in order',
  skipUnless(existsSync('/dev/full'), 'the system has no /dev/full, a disk that is always full'),
  async () => {
    const home = temporaryFolder();
    const command = `exec "$0" main/browser/index.ts --json --no-open --port 0 --ui-port 0 --home "$1" 2>/dev/full`;
    const host = startChild('sh', ['-c', command, process.execPath, home], {
      ...process.env,
      LOG_LEVEL: 'trace',
      GREENLIGHT_SECRETS: 'file',
    });
    const [line] = (await once(host.stdout, 'data')) as [Buffer];
    const { mcpUrl, grant } = JSON.parse(line.toString()) as { mcpUrl: string; grant: { token: string } };
    const client = await connectClient(mcpUrl, grant.token);
    const listed = await client.listTools();
    expect(listed.tools.length).toBeGreaterThan(0);
    await expect(client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toThrow(/Unknown tool/);
    expect(host.exitCode).toBeNull();
    await client.close();
    const ended = once(host, 'exit');
    host.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
);

test(
  'a host whose log nobody reads goes on, drops what is too much, and says how much once it is read',
  skipUnless(process.platform !== 'win32', 'the system has no named pipes in folders'),
  async () => {
    const pipe = join(temporaryFolder(), 'log');
    execFileSync('mkfifo', [pipe]);
    await using host = await startBrowserHost({ stderr: openSync(pipe, 'r+') });
    await host.api('upstream.set', { kind: 'stdio', command: process.execPath, args: [stdioServer] });
    const document = { version: '1', default: 'allow', tools: {} };
    const saved = await host.api('policies.save', { name: 'Open', document });
    if ('errors' in saved) throw new Error(JSON.stringify(saved.errors));
    await host.api('settings.set', { defaultPolicyId: saved.id });
    // What a child writes to its standard error is logged: 225 KB of each, since JSON writes \u0001 in six characters.
    const line = Array.from({ length: 75 }, () => '\u0001'.repeat(500)).join('\n');
    for (let n = 0; n < 8; n += 1) {
      const client = await host.client();
      const said = await client.callTool({ name: 'say', arguments: { line } });
      expect(said.content).toEqual([{ type: 'text', text: 'said' }]);
      await client.close();
    }
    expect((await host.api('activity.query')).rows.map(({ result }) => result)).toEqual(Array(8).fill('ok'));

    const reader = createReadStream(pipe, 'utf8');
    let log = '';
    for await (const chunk of reader) {
      log += chunk;
      if (log.includes('it lacks some lines')) break;
    }
    expect(log.length).toBeGreaterThan(1024 * 1024);
    const [, lines] = /"lines":(\d+),"msg":"nobody read the log, so it lacks some lines"/.exec(log) ?? [];
    expect(Number(lines)).toBeGreaterThan(0);
    expect((await host.stop()).code).toBe(0);
  },
);
