import { describe, expect, test } from 'vitest';
import { access, createHome, type Home, mcpUrl } from './home.ts';

const lumaUrl = 'https://luma.mcp.acedata.cloud/mcp';
const secret = 'luma-secret-4711';
const hosted = { url: lumaUrl, headers: { Authorization: `Bearer ${secret}` } };
const local = { command: 'uvx', args: ['mcp-luma'], env: { ACEDATACLOUD_API_TOKEN: secret } };
const cursor = '.cursor/mcp.json';

const direct = (home: Home, id = 'cursor') =>
  home.connect.targets(mcpUrl).find((target) => target.id === id)?.direct;
const writeServers = (home: Home, servers: object) =>
  home.write(cursor, `${JSON.stringify({ mcpServers: servers }, null, 2)}\n`, 0o600);

describe('entries that reach Luma directly are reported', () => {
  test.each([
    ['the hosted server', hosted],
    ['the hosted server, another spelling', { serverUrl: 'https://LUMA.mcp.acedata.cloud:443/sse' }],
    ['the hosted server through mcp-remote', { command: 'npx', args: ['-y', 'mcp-remote', lumaUrl] }],
    ['mcp-luma', local],
    ['mcp-luma by its path', { command: '/opt/venv/bin/mcp-luma' }],
    ['a version of mcp-luma', { command: 'uvx', args: ['--from', 'mcp_luma==1.2', 'start'] }],
    ['an address under another name', { uri: lumaUrl }],
    ['an endpoint', { endpoint: lumaUrl }],
    ['a transport’s address', { transport: { type: 'http', url: lumaUrl } }],
    ['a host with a dot at its end', { url: 'https://luma.mcp.acedata.cloud./mcp' }],
    ['a flag with the address', { command: 'npx', args: ['supergateway', `--streamableHttp=${lumaUrl}`] }],
    ['a command in a shell', { command: 'bash', args: ['-c', `npx mcp-remote ${lumaUrl}`] }],
    ['a command that is one list', { type: 'local', command: ['uvx', 'mcp-luma'] }],
    ['a Luma server that has the token', { ...local, command: 'python', args: ['-m', 'luma.server'] }],
  ])('%s', (_, entry) => {
    const home = createHome();
    writeServers(home, { files: { command: 'files' }, video: entry });
    expect(direct(home)).toEqual(['video']);
  });

  test.each([
    ['the same provider’s music server', { ...local, args: ['mcp-suno'] }],
    ['a name that only contains it', { command: 'uvx', args: ['mcp-lumatone'] }],
    ['another server of that name', { url: 'https://luma.example/mcp' }],
    ['a host that only ends like it', { url: 'https://evil-luma.mcp.acedata.cloud.example/mcp' }],
    ['something that is no entry', 'uvx mcp-luma'],
  ])('%s is not one', (_, entry) => {
    const home = createHome();
    writeServers(home, { video: entry });
    expect(direct(home)).toEqual([]);
  });

  test('in Claude Code’s projects too', () => {
    const home = createHome();
    home.write(
      '.claude.json',
      JSON.stringify({ projects: { '/home/me/film': { mcpServers: { luma: hosted } } } }),
    );
    expect(direct(home, 'claude-code')).toEqual(['luma (in /home/me/film)']);
  });

  test('without being taken over they stay, and the preview says so', () => {
    const home = createHome();
    writeServers(home, { luma: hosted });
    expect(home.connect.preview('cursor', { mcpUrl, takeOver: false }).notes.join()).toContain(
      '“luma” in this file still reaches Luma past Greenlight',
    );
    expect(home.connect.apply('cursor', { ...access, takeOver: false }).upstream).toBeUndefined();
    expect(direct(home)).toEqual(['luma']);
  });
});

describe('taking over', () => {
  test('says that a client which signs in by itself leaves no token, and what that means', () => {
    const home = createHome();
    writeServers(home, { luma: { url: lumaUrl } });
    const { notes } = home.connect.preview('cursor', { mcpUrl });
    expect(notes).toEqual([
      `“luma” goes out of this file. From then on Greenlight reaches ${lumaUrl}. “luma” holds no token: its client signs ` +
        'in by itself, and what it was given is not for Greenlight. Sign in, or enter a token, in Settings: until then nothing ' +
        'reaches Luma.',
      'Start Cursor again if it is running.',
    ]);
    // There is none in the backup, either.
    expect(home.connect.apply('cursor', access).notes).toEqual(notes);
  });

  test('an entry without a token does not take the place of an upstream that is reached', () => {
    const home = createHome();
    writeServers(home, { luma: { url: lumaUrl } });
    expect(home.connect.preview('cursor', { mcpUrl, reached: true }).notes.join()).toContain(
      'Greenlight goes on with the upstream and the token that it has.',
    );
    expect(home.connect.apply('cursor', { ...access, reached: true }).upstream).toBeUndefined();
    expect(direct(home)).toEqual([]);
  });

  test('names what is kept, and what is not', () => {
    const home = createHome();
    writeServers(home, { a: hosted, b: local });
    expect(home.connect.preview('cursor', { mcpUrl }).notes).toEqual([
      `“a” goes out of this file. From then on Greenlight reaches ${lumaUrl} with the token that is there, and keeps it with its secrets.`,
      '“b” goes out of this file; nothing of it is kept but the backup. Greenlight reaches Luma with what “a” has.',
      'Start Cursor again if it is running.',
    ]);
  });

  test('a local server without its token is told, unless Greenlight was started with it', () => {
    const bare = { command: 'uvx', args: ['mcp-luma'] };
    const home = createHome();
    writeServers(home, { luma: bare });
    expect(home.connect.preview('cursor', { mcpUrl }).notes.join()).toContain(
      'In “luma”, ACEDATACLOUD_API_TOKEN is not written out',
    );
    const other = createHome({ env: () => ({ ACEDATACLOUD_API_TOKEN: secret }) });
    writeServers(other, { luma: bare });
    expect(other.connect.apply('cursor', access).upstream).toEqual({ kind: 'stdio', ...local });
  });

  test('leaves and names what it cannot take over, and does not tell of it again', () => {
    const home = createHome();
    const shell = {
      command: 'bash',
      args: ['-c', `npx mcp-remote ${lumaUrl} --header "Authorization: Bearer x"`],
    };
    writeServers(home, { shell, luma: hosted });
    const applied = home.connect.apply('cursor', access);
    expect(applied.upstream).toEqual({ kind: 'http', url: lumaUrl, token: secret });
    expect(applied.notes.join()).toMatch(
      /“shell” stays in this file and reaches Luma past Greenlight.*by hand/,
    );
    expect(direct(home)).toEqual(['shell']);
    expect(JSON.parse(home.read(cursor)).mcpServers.shell).toEqual(shell);
  });

  test.each([
    [
      'among the arguments',
      { command: 'uvx', args: ['mcp-luma', '--token', secret] },
      'as ACEDATACLOUD_API_TOKEN under “env”',
    ],
    ['that is random', { command: 'uvx', args: ['mcp-luma', 'q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5'] }, 'under “env”'],
    ['in the address', { url: `${lumaUrl}?token=${secret}` }, 'as a bearer token'],
    ['of its user', { url: lumaUrl.replace('//', `//me:${secret}@`) }, 'as a bearer token'],
  ])(
    'a secret %s is nothing for the settings: the entry stays, and it says what to do',
    (_, entry, advice) => {
      const home = createHome();
      writeServers(home, { luma: entry });
      const applied = home.connect.apply('cursor', access);
      expect(applied.upstream).toBeUndefined();
      expect(applied.notes.join()).toMatch(/“luma” stays in this file.*holds a secret.*take it out by hand/);
      expect(applied.notes.join()).toContain(advice);
      expect(applied.notes.join()).not.toContain(secret);
      expect(JSON.parse(home.read(cursor)).mcpServers.luma).toEqual(entry);
      expect(direct(home)).toEqual(['luma']);
    },
  );

  test('one that stands where Greenlight’s own goes is taken out, but its secret goes nowhere', () => {
    const home = createHome();
    writeServers(home, { greenlight: { command: 'uvx', args: ['mcp-luma', '--token', secret] } });
    const applied = home.connect.apply('cursor', access);
    expect(applied.upstream).toBeUndefined();
    expect(applied.notes.join()).toContain('How “greenlight” reaches Luma cannot be taken over.');
    expect(applied.notes.join()).toContain('still has the Luma token in it');
    expect(direct(home)).toEqual([]);
  });

  test('replaces the entry by ours and hands back address and token', () => {
    const home = createHome();
    writeServers(home, { luma: hosted, files: { command: 'files' } });
    // Nobody needs to choose it.
    const preview = home.connect.preview('cursor', { mcpUrl });
    expect(Object.keys(JSON.parse(preview.after).mcpServers)).toEqual(['files', 'greenlight']);
    const applied = home.connect.apply('cursor', access);
    expect(applied.upstream).toEqual({ kind: 'http', url: lumaUrl, token: secret });
    expect(home.read(cursor)).not.toContain(secret);
    expect(JSON.parse(home.read(cursor))).toMatchObject({
      mcpServers: { files: { command: 'files' }, greenlight: { url: mcpUrl } },
    });
    expect(direct(home)).toEqual([]);
    expect(applied.notes.join()).toContain(`The backup ${applied.backup} still has the Luma token in it`);
    expect(applied.notes.join() + home.log.join() + home.read('greenlight-data/connect.json')).not.toContain(
      secret,
    );
  });

  test.each([
    ['mcp-luma', local, { kind: 'stdio', ...local }],
    [
      'mcp-remote, the token in a variable of the entry',
      {
        command: 'npx',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: mcp-remote fills it in.
        args: ['-y', 'mcp-remote', lumaUrl, '--header', 'Authorization:${AUTH}'],
        env: { AUTH: `Bearer ${secret}` },
      },
      { kind: 'http', url: lumaUrl, token: secret },
    ],
    [
      'a variable of the environment',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the client fills it in.
      { url: lumaUrl, headers: { authorization: 'bearer ${env:LUMA_TOKEN}' } },
      { kind: 'http', url: lumaUrl, token: 'from-the-environment' },
    ],
    [
      'a variable with a default',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the client fills it in.
      { url: lumaUrl, headers: { Authorization: 'Bearer ${NOT_SET:-fallback}' } },
      { kind: 'http', url: lumaUrl, token: 'fallback' },
    ],
    ['no token', { url: lumaUrl }, { kind: 'http', url: lumaUrl }],
    [
      'mcp-proxy’s variable',
      { command: 'mcp-proxy', args: [lumaUrl], env: { API_ACCESS_TOKEN: secret } },
      { kind: 'http', url: lumaUrl, token: secret },
    ],
    [
      'headers inside something else',
      { transport: { url: lumaUrl, requestOptions: { headers: { Authorization: `Bearer ${secret}` } } } },
      { kind: 'http', url: lumaUrl, token: secret },
    ],
    [
      'a host with a dot at its end',
      { ...hosted, url: 'https://luma.mcp.acedata.cloud./mcp' },
      { kind: 'http', url: lumaUrl, token: secret },
    ],
    [
      'opencode’s list and variables',
      {
        type: 'local',
        command: ['uvx', 'mcp-luma'],
        environment: { ACEDATACLOUD_API_TOKEN: secret },
      },
      { kind: 'stdio', ...local },
    ],
  ])('understands %s', (_, entry, upstream) => {
    const home = createHome({ env: () => ({ LUMA_TOKEN: 'from-the-environment' }) });
    writeServers(home, { luma: entry });
    const applied = home.connect.apply('cursor', { ...access, takeOver: true });
    expect(applied.upstream).toEqual(upstream);
    expect(applied.notes.join()).not.toContain('Enter it in Settings');
  });

  test.each([
    ['--header=Authorization: Bearer T'],
    ['--header Authorization=Bearer+T'],
    ['-H authorization:+Bearer+T'],
    ['-H Authorization Bearer+T'],
    ['--headers Authorization Bearer+T'],
    ['--oauth2Bearer T'],
    ['--oauth2Bearer=T'],
  ])('finds the token in a bridge’s %s', (flags) => {
    const home = createHome();
    const words = flags.includes('=Authorization') ? [flags] : flags.split(' ');
    const args = words.map((word) => word.replaceAll('+', ' ').replace(/T$/, secret));
    writeServers(home, { luma: { command: 'npx', args: ['bridge', ...args, lumaUrl] } });
    expect(home.connect.apply('cursor', access).upstream).toEqual({
      kind: 'http',
      url: lumaUrl,
      token: secret,
    });
  });

  test('asks for what only the client can fill in', () => {
    const home = createHome();
    // biome-ignore lint/suspicious/noTemplateCurlyInString: VS Code asks the person for it.
    const entry = { type: 'http', url: lumaUrl, headers: { Authorization: 'Bearer ${input:luma}' } };
    home.write('.config/Code/User/mcp.json', JSON.stringify({ servers: { luma: entry } }));
    const applied = home.connect.apply('vscode', { ...access, takeOver: true });
    expect(applied.upstream).toEqual({ kind: 'http', url: lumaUrl });
    expect(applied.notes.join()).toMatch(/In “luma”, the token is not written out.*Enter it in Settings/);
  });

  test('takes the entry that has a token when there are several, and removes all of them', () => {
    const home = createHome();
    writeServers(home, { a: { url: lumaUrl }, b: local });
    expect(home.connect.apply('cursor', { ...access, takeOver: true }).upstream).toMatchObject({
      kind: 'stdio',
      env: { ACEDATACLOUD_API_TOKEN: secret },
    });
    expect(direct(home)).toEqual([]);
  });

  test('understands Codex’s way to name a variable', () => {
    const home = createHome({ env: () => ({ LUMA_TOKEN: secret }) });
    home.write(
      '.codex/config.toml',
      `[mcp_servers.luma]\nurl = "${lumaUrl}"\nbearer_token_env_var = "LUMA_TOKEN"\n`,
    );
    expect(home.connect.apply('codex', { ...access, takeOver: true }).upstream).toEqual({
      kind: 'http',
      url: lumaUrl,
      token: secret,
    });
    expect(home.read('.codex/config.toml')).not.toContain('luma');
  });

  test('is undone byte for byte', () => {
    const home = createHome();
    writeServers(home, { luma: hosted, files: { command: 'files' } });
    const before = home.read(cursor);
    home.connect.apply('cursor', { ...access, takeOver: true });
    home.connect.undo('cursor');
    expect(home.read(cursor)).toBe(before);
  });

  test('after connecting first is undone as a whole', () => {
    const home = createHome();
    writeServers(home, { luma: hosted });
    const before = home.read(cursor);
    home.connect.apply('cursor', access);
    home.connect.apply('cursor', { ...access, takeOver: true });
    expect(direct(home)).toEqual([]);
    home.connect.undo('cursor');
    expect(home.read(cursor)).toBe(before);
  });

  test('is undone with edits made since kept, also in projects', () => {
    const home = createHome();
    const film = { history: [], mcpServers: { luma: hosted } };
    home.write(
      '.claude.json',
      JSON.stringify({ mcpServers: { luma: local }, projects: { '/film': film } }, null, 2),
    );
    home.connect.apply('claude-code', { ...access, takeOver: true });
    const config = JSON.parse(home.read('.claude.json'));
    expect(config.projects['/film'].mcpServers).toEqual({});
    home.write('.claude.json', JSON.stringify({ ...config, numStartups: 7 }, null, 2));
    home.connect.undo('claude-code');
    expect(JSON.parse(home.read('.claude.json'))).toEqual({
      numStartups: 7,
      mcpServers: { luma: local },
      projects: { '/film': film },
    });
  });

  test('an entry that the person has put back since is left as it is', () => {
    const home = createHome();
    writeServers(home, { luma: hosted });
    home.connect.apply('cursor', { ...access, takeOver: true });
    writeServers(home, { ...JSON.parse(home.read(cursor)).mcpServers, luma: local });
    home.connect.undo('cursor');
    expect(JSON.parse(home.read(cursor))).toEqual({ mcpServers: { luma: local } });
  });
});
