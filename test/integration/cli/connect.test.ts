/** `greenlight connect`: shows the change, and makes none. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { runCli } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/folder.ts';

const config = JSON.stringify({
  mcpServers: {
    luma: {
      url: 'https://luma.mcp.acedata.cloud/mcp',
      headers: { Authorization: 'Bearer 0123456789abcdef0123456789abcdef' },
    },
    files: { command: 'files', env: { WORD: '0123456789abcdef0123456789abcdef' } },
    asks: { command: './here' },
    off: { command: 'off', disabled: true },
  },
});

/** A person's home with Cursor in it, which reaches Luma directly. */
function personsHome(): string {
  const home = temporaryFolder();
  mkdirSync(join(home, '.cursor'));
  writeFileSync(join(home, '.cursor/mcp.json'), config);
  return home;
}

describe.each([true, false])('where Greenlight runs: %s', (runs) => {
  test('the change is shown without a secret, and not made', async () => {
    const home = personsHome();
    const dataDir = join(temporaryFolder(), 'data');
    await using host = runs ? await startBrowserHost({ dataDir, env: { HOME: home } }) : undefined;
    const env = { HOME: home };
    const list = await runCli(['connect', '--home', dataDir], { env });
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(
      /^cursor +Cursor: not connected; reaches Luma past Greenlight: luma; other servers not behind Greenlight: files; cannot be put behind Greenlight: asks$/m,
    );

    const shown = await runCli(['connect', 'cursor', '--home', dataDir], { env });
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^-.*"luma"/m);
    const mcpUrl = host?.ready.mcpUrl ?? 'http://127.0.0.1:4747/mcp';
    expect(shown.stdout).toContain(`+{"mcpServers":{"files":{"url":"${mcpUrl}/files"`);
    expect(shown.stdout).toContain(`"greenlight":{"url":"${mcpUrl}"`);
    expect(shown.stdout).toContain('“asks” stays as it is. Its command “./here” is relative');
    const left = await runCli(['connect', 'cursor', '--no-protect', '--home', dataDir], { env });
    expect(left.stdout).not.toContain(`${mcpUrl}/files`);
    expect(shown.stdout).toContain('Apply it in Greenlight’s window');
    const json = await runCli(['connect', 'cursor', '--json', '--home', dataDir], { env });
    expect(JSON.parse(json.stdout)).toMatchObject({
      path: join(home, '.cursor/mcp.json'),
      change: [expect.stringMatching(/^-/), expect.stringMatching(/^\+/)],
    });
    for (const { stdout } of [shown, json, left]) expect(stdout).not.toContain('0123456789abcdef');

    expect(readFileSync(join(home, '.cursor/mcp.json'), 'utf8')).toBe(config);
    expect(readdirSync(join(home, '.cursor'))).toEqual(['mcp.json']);
    if (host) expect((await host.api('clients.list')).clients).toHaveLength(1);
  });
});

test('nothing can be applied, and it says why', async () => {
  expect(await runCli(['connect', 'cursor', '--yes'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('it makes a token, and may change where calls go'),
  });
});

test('a client that there is not', async () => {
  expect(await runCli(['connect', 'nothing'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('It knows claude-desktop, claude-code'),
  });
});
