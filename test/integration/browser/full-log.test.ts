/** The log's disk is full: everything else goes on. */

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startChild } from '../../support/child.ts';
import { connectClient } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { skipUnless } from '../../support/skip.ts';

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
