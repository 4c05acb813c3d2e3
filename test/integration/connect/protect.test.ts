/** Servers of a client go behind Greenlight, each under its old name, and come back byte for byte. */
import { readFileSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connectClients } from '../../../main/connect/applications.ts';
import { parseConfig } from '../../../main/connect/document.ts';
import { acceptedEntry } from '../../../main/connect/own.ts';
import { valueAt } from '../../../main/connect/servers.ts';
import type { FoundServer } from '../../../shared/contract.ts';
import { access, createHome, type Home, mcpUrl, token } from './home.ts';

const secret = 'sk-0123456789abcdef0123';
const lumaUrl = 'https://luma.mcp.acedata.cloud/mcp';

const found = (home: Home, id: string): FoundServer[] =>
  home.connect.targets(mcpUrl).find((target) => target.id === id)?.servers ?? [];

/** All that is neither refused nor Luma nor Greenlight's, as the API hands it in once the servers were added. */
const protecting = (home: Home, id: string, names?: string[]) =>
  found(home, id)
    .filter(
      ({ luma, greenlight, refused, name }) =>
        !luma && !greenlight && !refused && (names?.includes(name) ?? true),
    )
    .map(({ at, name }) => ({ at, server: name, mcpUrl: `${mcpUrl}/${name}`, name, known: false }));

const json = `{
  // kept by hand
  "theme": "dark", /* and this */
  "mcpServers": {
    "luma": { "url": "${lumaUrl}", "headers": { "Authorization": "Bearer luma-${secret}" } },
    "files": { "command": "npx", "args": ["-y", "files", "/srv"], "env": { "FILES_TOKEN": "${secret}" } },
    "github": {
      "url": "https://api.githubcopilot.com/mcp/", // theirs
      "headers": { "Authorization": "Bearer ${secret}" },
      "disabledTools": ["delete_repository"],
    },
    "asks": { "command": "npx", "env": { "KEY": "\${input:key}" } }
  },
}
`;
const toml = `# mine
model = "gpt-5" # good

[mcp_servers.files]
command = "npx"
args = ["-y", "files", "/srv"]

[mcp_servers.files.env]
FILES_TOKEN = "${secret}"

[mcp_servers.github]
url = "https://api.githubcopilot.com/mcp/"
http_headers = { Authorization = "Bearer ${secret}" }
enabled_tools = ["get_issue"]

[tui]
theme = "dark"
`;
const yaml = `# mine
GOOSE_MODEL: x
extensions:
  developer:
    type: builtin
    name: developer
  files:
    enabled: true
    type: stdio
    cmd: npx
    args: [-y, files, /srv]
    envs:
      FILES_TOKEN: ${secret}
  github:
    type: streamable_http
    uri: https://api.githubcopilot.com/mcp/
    headers:
      Authorization: Bearer ${secret}
other: 1
`;
const files = { command: 'npx', args: ['-y', 'files', '/srv'], env: { FILES_TOKEN: secret } };
const github = { url: 'https://api.githubcopilot.com/mcp/', headers: { Authorization: `Bearer ${secret}` } };
const other = (members: object, indent: string | number = 2) =>
  `${JSON.stringify({ theme: 'dark', ...members }, null, indent)}\n`;

const clients = [
  ['cursor', '.cursor/mcp.json', json],
  ['codex', '.codex/config.toml', toml],
  ['goose', '.config/goose/config.yaml', yaml],
  ['cursor', '.cursor/mcp.json', json.replaceAll('\n', '\r\n')],
  [
    'claude-code',
    '.claude.json',
    other({
      mcpServers: { github: { type: 'http', ...github } },
      projects: { '/p': { mcpServers: { files } } },
    }),
  ],
  [
    'claude-desktop',
    '.config/Claude/claude_desktop_config.json',
    other({
      mcpServers: {
        files,
        github: {
          command: 'npx',
          args: ['mcp-remote', github.url, '--header', `Authorization:\${AUTH}`],
          env: { AUTH: `Bearer ${secret}` },
        },
      },
    }),
  ],
  [
    'vscode',
    '.config/Code/User/mcp.json',
    other(
      { inputs: [], servers: { files: { type: 'stdio', ...files }, github: { type: 'http', ...github } } },
      '\t',
    ),
  ],
  [
    'zed',
    '.config/zed/settings.json',
    `// Zed\n${other({ context_servers: { files: { command: { path: 'npx', ...files, command: undefined } }, github } })}`,
  ],
  [
    'opencode',
    '.config/opencode/opencode.jsonc',
    other({
      mcp: {
        files: { type: 'local', command: ['npx', '-y', 'files', '/srv'], environment: files.env },
        github: { type: 'remote', ...github, enabled: true },
      },
    }),
  ],
] as const;

test('what is found says what it is, without a secret', () => {
  const home = createHome();
  home.write('.cursor/mcp.json', json);
  expect(found(home, 'cursor')).toEqual([
    { at: expect.any(String), name: 'luma', kind: 'http', address: lumaUrl, luma: true, greenlight: false },
    {
      ...{ at: expect.stringMatching(/^\/mcpServers\/files#[\da-f]{16}$/), name: 'files', kind: 'stdio' },
      ...{ address: 'npx -y files /srv', luma: false, greenlight: false },
    },
    {
      ...{ at: expect.any(String), name: 'github', kind: 'http' },
      ...{ address: 'https://api.githubcopilot.com/mcp/', luma: false, greenlight: false },
    },
    {
      ...{
        at: expect.any(String),
        name: 'asks',
        kind: 'stdio',
        address: 'npx',
        luma: false,
        greenlight: false,
      },
      refused: `The client asks you for \${input:key} each time. Write it out in this file instead.`,
    },
  ]);
});

test('one that its client has switched off says so', () => {
  const home = createHome();
  home.write('.cursor/mcp.json', `{ "mcpServers": { "a": { "command": "npx", "disabled": true } } }`);
  expect(found(home, 'cursor')).toMatchObject([
    { name: 'a', refused: 'It is switched off in its client, and left alone.', off: true },
  ]);
});

test('each server is looked at once', () => {
  let reads = 0;
  const env = {
    get TOKEN() {
      reads++;
      return secret;
    },
  };
  const home = createHome({ env: () => env });
  home.write('.cursor/mcp.json', `{ "mcpServers": { "a": { "command": "npx", "env_vars": ["TOKEN"] } } }`);
  const [cursor] = home.connect.found(mcpUrl).filter(({ servers }) => servers.length > 0);
  expect(cursor).toMatchObject({ target: 'cursor', name: 'Cursor' });
  expect(cursor?.servers).toMatchObject([
    { shown: { name: 'a' }, protectable: { name: 'a', secrets: { env: { TOKEN: secret } } } },
  ]);
  expect(reads).toBe(1);
  reads = 0;
  home.connect.protectable('cursor', mcpUrl, [cursor?.servers[0]?.shown.at ?? '']);
  expect(reads).toBe(1);
});

test('parts of the client itself are no servers, and those of a project say which', () => {
  const home = createHome();
  home.write('.config/goose/config.yaml', yaml);
  expect(found(home, 'goose').map(({ name }) => name)).toEqual(['files', 'github']);
  home.write(
    '.claude.json',
    JSON.stringify({ projects: { '/p': { mcpServers: { a: { command: 'node', args: ['./a.js'] } } } } }),
  );
  expect(found(home, 'claude-code')).toMatchObject([{ name: 'a', project: '/p' }]);
  expect(found(home, 'claude-code')[0]).not.toHaveProperty('refused');
});

describe.each(clients)('in the file of %s (%s)', (id, file, text) => {
  const apply = (home: Home, names?: string[], more: object = {}) =>
    home.connect.apply(id, { ...access, grant: 'g1', protect: protecting(home, id, names), ...more });

  test('each becomes Greenlight’s under its old name, and undoing is byte for byte', () => {
    const home = createHome();
    home.write(file, text);
    const applied = apply(home);
    expect(applied.servers.toSorted()).toEqual(['files', 'github']);
    expect(home.read(file)).not.toContain(`Bearer ${secret}`);
    expect(home.read(file)).toContain(`${mcpUrl}/files`);
    expect(home.read(file)).toContain(`${mcpUrl}/github`);
    expect(
      found(home, id)
        .filter(({ greenlight }) => greenlight)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['files', 'github', 'greenlight']);
    const entered = home.connect.entered(id, mcpUrl);
    expect({ ...entered, servers: entered.servers.toSorted() }).toEqual({
      servers: ['files', 'github'],
      token,
      grant: 'g1',
    });
    home.connect.undo(id);
    expect(home.read(file)).toBe(text);
    expect(home.backups(file)).toEqual([]);
  });

  test('in two steps, too', () => {
    const home = createHome();
    home.write(file, text);
    apply(home, ['files']);
    const applied = apply(home, ['github']);
    expect(applied.servers.toSorted()).toEqual(['files', 'github']);
    expect(home.backups(file)).toHaveLength(1);
    home.connect.undo(id);
    expect(home.read(file)).toBe(text);
  });

  test('another token is written into all entries', () => {
    const home = createHome();
    home.write(file, text);
    apply(home);
    home.connect.apply(id, { mcpUrl, token: 'gl_second', grant: 'g2' });
    expect(home.read(file)).not.toContain(token);
    expect(home.read(file).split('gl_second')).toHaveLength(4);
    home.connect.undo(id);
    expect(home.read(file)).toBe(text);
  });

  test('undoing after edits takes back Greenlight’s entries alone', () => {
    const home = createHome();
    home.write(file, text);
    const before = found(home, id).map(({ at }) => at);
    apply(home);
    const edited = home.read(file).replace(/dark|(?<=MODEL: )x/, 'light');
    expect(edited).not.toBe(home.read(file));
    home.write(file, edited);
    home.connect.undo(id);
    expect(home.read(file)).toContain('light');
    expect(home.read(file)).not.toContain(mcpUrl);
    // The same entries: each `at` binds what stands there.
    expect(
      found(home, id)
        .map(({ at }) => at)
        .sort(),
    ).toEqual(before.toSorted());
  });

  test('one whose server is gone, and of which nothing is recorded, goes out, and undoing brings it back', () => {
    const home = createHome();
    home.write(file, text);
    apply(home);
    home.forget();
    rmSync(home.path('greenlight-data/connect.json'));
    const lost = home.read(file);
    const has = (server: string) => server !== 'files';
    const preview = home.connect.preview(id, { mcpUrl, has });
    expect(preview.notes.join()).toContain(
      'goes out of this file: it does not stand there as Greenlight wrote it',
    );
    expect(preview.secrets).toContain(token);
    const applied = home.connect.apply(id, { ...access, token: 'gl_second', has });
    expect(applied.notes).toEqual(expect.arrayContaining(preview.notes));
    expect(home.read(file)).not.toContain(`${mcpUrl}/files`);
    expect(home.read(file)).toContain(`${mcpUrl}/github`);
    expect(found(home, id).map(({ name }) => name)).not.toContain('files');
    // Connected once more, it is still known what to bring back; also where others have changed the file since.
    home.connect.apply(id, { ...access, token: 'gl_third', has });
    const connected = home.read(file);
    expect(home.connect.undo(id)).not.toHaveProperty('backup');
    expect(home.read(file)).toBe(lost);
    home.connect.apply(id, { ...access, token: 'gl_third', has });
    expect(home.read(file)).toBe(connected);
    home.write(file, connected.replace(/dark|(?<=MODEL: )x/, 'light'));
    const { backup = '' } = home.connect.undo(id);
    expect(readFileSync(backup, 'utf8')).toBe(lost);
    expect(home.read(file)).toContain('light');
    expect(found(home, id).find(({ name }) => name === 'files')).toMatchObject({ server: 'files' });
  });

  test('no secret is in what is shown, logged or recorded', () => {
    const home = createHome();
    home.write(file, text);
    const preview = home.connect.preview(id, { mcpUrl, protect: protecting(home, id) });
    const applied = apply(home);
    const { after, notes } = preview;
    const record = home.read('greenlight-data/connect.json');
    for (const said of [
      after.replaceAll(/"KEY".*/g, ''),
      notes.join(),
      applied.notes.join(),
      home.log.join(),
      record,
    ])
      expect(said).not.toContain(secret);
    expect(JSON.stringify(found(home, id))).not.toContain(secret);
    expect(applied.notes.join()).toContain('still has');
  });
});

test.each([
  [
    'codex',
    '.codex/config.toml',
    `[mcp_servers.files]
command = "npx"
args = ["-y", "files"]
startup_timeout_sec = 90 # slow
startup_timeout_ms = 90_000
tool_timeout_sec = 600.5
required = true
`,
    { startup_timeout_sec: 90, startup_timeout_ms: 90_000, tool_timeout_sec: 600.5, required: true },
  ],
  [
    'gemini-cli',
    '.gemini/settings.json',
    other({ mcpServers: { files: { ...files, timeout: 600_000, trust: true, description: 'Mine' } } }),
    { timeout: 600_000, trust: true, description: 'Mine' },
  ],
  [
    'cline-cli',
    '.cline/data/settings/cline_mcp_settings.json',
    other({ mcpServers: { files: { ...files, timeout: 3600, autoApprove: ['read'], alwaysAllow: [] } } }),
    { timeout: 3600, autoApprove: ['read'], alwaysAllow: [] },
  ],
  [
    'goose',
    '.config/goose/config.yaml',
    `extensions:
  files:
    enabled: true
    type: stdio
    cmd: npx
    args: [-y, files]
    description: Mine # and no other's
    timeout: 900
`,
    { timeout: 900, description: 'Mine' },
  ],
])(
  '%s goes on treating a server as it did: how long it waits, what it shows and asks',
  (id, file, text, kept) => {
    const home = createHome();
    home.write(file, text);
    const protect = protecting(home, id);
    expect(protect).toHaveLength(1);
    home.connect.apply(id, { ...access, grant: 'g1', protect });
    const entry = () => {
      const { config } = connectClients.find((client) => client.id === id) ?? {};
      const parsed = parseConfig(config?.format ?? 'json', home.read(file), file);
      return valueAt(parsed, [config?.servers ?? '', 'files']);
    };
    expect(entry()).toMatchObject(kept);
    // Also where another token is written.
    home.connect.apply(id, { ...access, token: 'gl_second', grant: 'g2' });
    expect(JSON.stringify(entry())).toContain('gl_second');
    expect(entry()).toMatchObject(kept);
    home.connect.undo(id);
    expect(home.read(file)).toBe(text);
  },
);

test('the preview says what goes where', () => {
  const home = createHome();
  home.write('.cursor/mcp.json', json, 0o600);
  const protect = protecting(home, 'cursor');
  const { notes, after } = home.connect.preview('cursor', { mcpUrl, protect });
  expect(notes.slice(1)).toEqual([
    '“files” goes behind Greenlight, which starts “npx -y files /srv” with FILES_TOKEN, whose value it keeps with its secrets.',
    '“github” goes behind Greenlight, which reaches https://api.githubcopilot.com/mcp/ with the token that is there, and keeps it with its secrets.',
    'Start Cursor again if it is running.',
  ]);
  home.connect.apply('cursor', { ...access, protect });
  expect(home.read('.cursor/mcp.json')).toBe(after.replaceAll('TOKEN-MADE-WHEN-YOU-APPLY', token));
  // What the person had hidden from the agent stays so.
  expect(home.read('.cursor/mcp.json')).toContain('delete_repository');
});

test.each([
  ['changed since it was shown', 'npx', 'evil', 'was changed by another program since it was shown'],
  ['called as Greenlight’s own', '"files"', '"greenlight"', 'Give it another name'],
])('an entry that is %s is refused, and nothing is changed', (_, from, to, reason) => {
  const home = createHome();
  home.write('.cursor/mcp.json', json);
  let protect = protecting(home, 'cursor', ['files']);
  const changed = json.replace(from, to);
  home.write('.cursor/mcp.json', changed);
  if (to === '"greenlight"') {
    const at = found(home, 'cursor').find(({ name }) => name === 'greenlight')?.at ?? '';
    protect = protect.map((one) => ({ ...one, at }));
  }
  expect(() => home.connect.apply('cursor', { ...access, protect })).toThrow(reason);
  expect(() =>
    home.connect.protectable(
      'cursor',
      mcpUrl,
      protect.map(({ at }) => at),
    ),
  ).toThrow(reason);
  expect(home.read('.cursor/mcp.json')).toBe(changed);
  expect(home.exists('greenlight-data')).toBe(false);
});

test('an entry whose server Greenlight has no more is again what it was, and undoing is byte for byte', () => {
  const home = createHome();
  home.write('.cursor/mcp.json', json);
  home.connect.apply('cursor', { ...access, protect: protecting(home, 'cursor') });
  expect(found(home, 'cursor').find(({ name }) => name === 'files')).toMatchObject({ server: 'files' });
  const has = (server: string) => server !== 'files';
  const preview = home.connect.preview('cursor', { mcpUrl, has });
  expect(preview.notes.join()).toContain(
    'Greenlight has no server “files” any more, so “files” is again what it was before',
  );
  // It stands in the file again, and is not shown unasked.
  expect(preview.after).toContain(secret);
  expect(preview.secrets).toContain(secret);
  const applied = home.connect.apply('cursor', { mcpUrl, token: 'gl_second', grant: 'g2', has });
  expect(applied.servers).toEqual(['github']);
  const { files, github } = parsed(home).mcpServers;
  expect(files).toEqual({ command: 'npx', args: ['-y', 'files', '/srv'], env: { FILES_TOKEN: secret } });
  expect(JSON.stringify(github)).toContain('gl_second');
  home.connect.undo('cursor');
  expect(home.read('.cursor/mcp.json')).toBe(json);
});

test('an entry that leads to no server, and that the person pasted or made their own, goes out, and undoing brings it back', () => {
  const home = createHome();
  home.write('.cursor/mcp.json', json);
  home.connect.apply('cursor', { ...access, protect: protecting(home, 'cursor') });
  const config = parsed(home);
  const pasted = { url: `${mcpUrl}/files`, headers: { Authorization: 'Bearer gl_another' } };
  Object.assign(config.mcpServers, { files: pasted, pasted });
  home.write('.cursor/mcp.json', JSON.stringify(config));
  home.connect.apply('cursor', { ...access, has: (server) => server !== 'files' });
  expect(Object.keys(parsed(home).mcpServers).toSorted()).toEqual(['asks', 'github', 'greenlight']);
  home.connect.undo('cursor');
  expect(parsed(home).mcpServers).toMatchObject({ files: pasted, pasted });
});

test.each<object>([
  { command: 'aggregator', args: ['--to', 'https://other.example/mcp', '--to', `${mcpUrl}/gone`] },
  { url: 'https://other.example/mcp', endpoint: `${mcpUrl}/gone` },
  { command: 'inspector', args: [`--to=${mcpUrl}/gone`] },
  { url: `${mcpUrl}/gone`, disabled: true },
  { url: `http://127.0.0.1:1${new URL(mcpUrl).port.slice(1)}/mcp/gone` },
])('what leads to no server, but is more than that, stays: %j', (mine) => {
  const home = createHome();
  home.write('.cursor/mcp.json', JSON.stringify({ mcpServers: { mine } }));
  const { notes } = home.connect.apply('cursor', { ...access, has: (server) => server !== 'gone' });
  expect(parsed(home).mcpServers).toMatchObject({ mine });
  expect(notes.join()).not.toContain('gone');
});

test.each([
  ['codex', '.codex/config.toml', `[mcp_servers]\nx = { url = "${mcpUrl}/gone" }\n`],
  [
    'goose',
    '.config/goose/config.yaml',
    `extensions:\n  x: &a\n    type: streamable_http\n    uri: ${mcpUrl}/gone\n  y:\n    <<: *a\n`,
  ],
])('one that cannot be taken out of the file of %s stays, and is told', (id, file, text) => {
  const home = createHome();
  home.write(file, text);
  const options = { ...access, has: (server: string) => server !== 'gone' };
  const preview = home.connect.preview(id, options);
  expect(preview.notes.join()).toContain('“x”, which leads there, cannot be taken out of this file safely');
  const { notes } = home.connect.apply(id, options);
  expect(notes).toEqual(expect.arrayContaining(preview.notes));
  expect(home.read(file)).toContain(`${mcpUrl}/gone`);
  home.connect.undo(id);
  expect(home.read(file)).toBe(text);
});

test.each<[object, boolean]>([
  [{ url: mcpUrl }, true],
  [{ url: `${mcpUrl}/files` }, true],
  [{ url: `${mcpUrl}/gone` }, false],
  [{ url: mcpUrl, disabled: true }, false],
])('a client whose file has %j is connected: %s', (one, connected) => {
  const home = createHome();
  home.write('.cursor/mcp.json', JSON.stringify({ mcpServers: { one } }));
  const targets = home.connect.targets(
    mcpUrl,
    () => true,
    (server) => server !== 'gone',
  );
  expect(targets.find(({ id }) => id === 'cursor')).toMatchObject({ connected });
});

test('what the person made of an entry since is theirs, and undoing leaves it', () => {
  const home = createHome();
  home.write('.cursor/mcp.json', json);
  home.connect.apply('cursor', { ...access, protect: protecting(home, 'cursor') });
  const config = parsed(home);
  config.mcpServers.files = { command: 'mine' };
  config.mcpServers.github.timeout = 9;
  home.write('.cursor/mcp.json', JSON.stringify(config));
  home.connect.undo('cursor');
  const { mcpServers } = JSON.parse(home.read('.cursor/mcp.json'));
  expect(mcpServers.files).toEqual({ command: 'mine' });
  expect(mcpServers.github.url).toBe('https://api.githubcopilot.com/mcp/');
  expect(Object.keys(mcpServers).toSorted()).toEqual(['asks', 'files', 'github', 'luma']);
});

const parsed = (home: Home) =>
  JSON.parse(home.read('.cursor/mcp.json').replaceAll(/\/\*.*?\*\/|\/\/ .*|,(?=\s*[}\]])/g, ''));

test.each([
  ['and used', true],
  ['and connected again', false],
])('what the person took out meanwhile, %s, stays out when all is undone', async (_, used) => {
  const home = createHome();
  home.write('.cursor/mcp.json', json.replace('"luma"', '"greenlight"'));
  home.connect.apply('cursor', { ...access, grant: 'g1', protect: protecting(home, 'cursor') });
  const config = parsed(home);
  for (const name of ['files', 'greenlight']) delete config.mcpServers[name];
  home.write('.cursor/mcp.json', JSON.stringify(config));
  if (used) {
    const outside = home.connect.outside({ mcpUrl, now: () => 1, renew: () => ({}) as never });
    await outside.decide('client:cursor', outside.list()[0]?.digest ?? '', 'use');
  } else home.connect.apply('cursor', { ...access, token: 'gl_second', grant: 'g1' });
  home.connect.undo('cursor');
  expect(Object.keys(parsed(home).mcpServers).toSorted()).toEqual(['asks', 'github']);
  expect(parsed(home).mcpServers.github.url).toBe('https://api.githubcopilot.com/mcp/');
});

test('what the person took out of a file and changed it more, stays out as well', () => {
  const home = createHome();
  home.write('.cursor/mcp.json', json.replace('"luma"', '"greenlight"'));
  home.connect.apply('cursor', { ...access, protect: protecting(home, 'cursor') });
  const config = parsed(home);
  for (const name of ['files', 'greenlight']) delete config.mcpServers[name];
  home.write('.cursor/mcp.json', JSON.stringify(config));
  home.connect.undo('cursor');
  expect(Object.keys(parsed(home).mcpServers).toSorted()).toEqual(['asks', 'github']);
});

test('an entry that is Luma’s stays at its address when it is written again', async () => {
  const home = createHome();
  home.write('.cursor/mcp.json', json);
  const protect = protecting(home, 'cursor', ['github']).map((one) => ({ ...one, server: 'luma', mcpUrl }));
  home.connect.apply('cursor', { ...access, protect });
  home.connect.apply('cursor', { ...access, token: 'gl_second' });
  expect(parsed(home).mcpServers.github.url).toBe(mcpUrl);
  const outside = home.connect.outside({
    mcpUrl,
    now: () => 1,
    renew: () => ({ grant: 'g1', token: 'glt_a-new-token', takeBack() {} }),
  });
  home.write('.cursor/mcp.json', home.read('.cursor/mcp.json').replaceAll('gl_second', 'another'));
  await outside.decide('client:cursor', '', 'keep');
  expect(parsed(home).mcpServers.github.url).toBe(mcpUrl);
});

test('taken back, all is as it was: of a client that was connected before, too', () => {
  const home = createHome();
  home.write('.cursor/mcp.json', json);
  const first = home.connect.apply('cursor', { ...access, protect: protecting(home, 'cursor') });
  first.takeBack();
  expect(home.read('.cursor/mcp.json')).toBe(json);
  expect(home.backups('.cursor/mcp.json')).toEqual([]);
  expect(home.connect.targets(mcpUrl).find(({ id }) => id === 'cursor')?.undoable).toBe(false);

  home.connect.apply('cursor', { ...access, protect: protecting(home, 'cursor', ['files']) });
  const connected = home.read('.cursor/mcp.json');
  const record = JSON.parse(home.read('greenlight-data/connect.json'));
  home.connect.apply('cursor', { ...access, protect: protecting(home, 'cursor', ['github']) }).takeBack();
  expect(home.read('.cursor/mcp.json')).toBe(connected);
  expect(JSON.parse(home.read('greenlight-data/connect.json'))).toEqual(record);
});

describe('what other programs make of these entries', () => {
  function connected() {
    const home = createHome();
    home.write('.cursor/mcp.json', json);
    home.connect.apply('cursor', { ...access, grant: 'g1', protect: protecting(home, 'cursor') });
    let now = 1_000_000;
    const renewed: string[][] = [];
    const outside = home.connect.outside({
      mcpUrl,
      now: () => (now += 60_000),
      renew(_grant, _label, servers) {
        renewed.push([...servers]);
        return { grant: 'g1', token: 'glt_a-new-token', takeBack() {} };
      },
    });
    const edit = (from: string, to: string) =>
      home.write('.cursor/mcp.json', home.read('.cursor/mcp.json').replace(from, to));
    return { home, outside, renewed, edit };
  }

  test('waits, and kept, all of them have a new token', async () => {
    const { home, outside, renewed, edit } = connected();
    expect(outside.list()).toEqual([]);
    edit(`${mcpUrl}/files`, 'https://evil.example/mcp');
    expect(outside.list()).toMatchObject([
      {
        before: { files: { url: `${mcpUrl}/files` } },
        after: { files: { url: 'https://evil.example/mcp' } },
      },
    ]);
    await outside.decide('client:cursor', '', 'keep');
    expect(renewed).toEqual([['files', 'github']]);
    expect(home.read('.cursor/mcp.json').split('glt_a-new-token')).toHaveLength(4);
    expect(home.read('.cursor/mcp.json')).toContain('delete_repository');
    expect(outside.list()).toEqual([]);
    home.connect.undo('cursor');
    expect(home.read('.cursor/mcp.json')).not.toContain(mcpUrl);
    expect(
      found(home, 'cursor')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['asks', 'files', 'github', 'luma']);
  });

  test('used, an entry without the token is not Greenlight’s any more; one with it is', async () => {
    const { home, outside, edit } = connected();
    edit(`${mcpUrl}/files`, `${mcpUrl}/files?x`);
    edit(`Bearer ${token}`, `Bearer ${token}`);
    const [change] = outside.list();
    await outside.decide('client:cursor', change?.digest ?? '', 'use');
    expect(outside.list()).toEqual([]);
    expect(home.connect.entered('cursor', mcpUrl).servers).toEqual(['files', 'github']);
    const entry = /"files": (\{[^}]*\}[^}]*\})/.exec(home.read('.cursor/mcp.json'))?.[1] ?? '';
    edit(entry, '{ "command": "mine" }');
    const [again] = outside.list();
    expect(again).toMatchObject({ after: { files: { command: 'mine' } } });
    await outside.decide('client:cursor', again?.digest ?? '', 'use');
    expect(home.connect.entered('cursor', mcpUrl).servers).toEqual(['github']);
    home.connect.undo('cursor');
    expect(home.read('.cursor/mcp.json')).toContain('"command": "mine"');
    expect(acceptedEntry({ command: 'mine' }).secrets).toEqual([]);
  });
});
