import { chmodSync } from 'node:fs';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { tokenPlaceholder } from '../../../main/connect/connect.ts';
import { parseConfig } from '../../../main/connect/document.ts';
import { access, createHome, mcpUrl, token } from './home.ts';

const headers = { Authorization: `Bearer ${token}` };
const appData = (home: string) => ({
  APPDATA: `${home}/AppData/Roaming`,
  LOCALAPPDATA: `${home}/AppData/Local`,
});
const support = 'Library/Application Support';

describe('each client gets an entry it understands, in the file it reads', () => {
  const claudeDesktop = {
    mcpServers: {
      greenlight: {
        command: 'npx',
        args: [
          '-y',
          expect.stringMatching(/^mcp-remote@\d+\.\d+\.\d+$/),
          mcpUrl,
          '--transport',
          'http-only',
          '--header',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: mcp-remote fills it in.
          'Authorization:${AUTH_HEADER}',
        ],
        env: { AUTH_HEADER: `Bearer ${token}` },
      },
    },
  };
  const vscode = { servers: { greenlight: { type: 'http', url: mcpUrl, headers } } };
  const devin = { mcpServers: { greenlight: { url: mcpUrl, transport: 'http', headers } } };
  const opencode = { mcp: { greenlight: { type: 'remote', url: mcpUrl, headers, enabled: true } } };
  const cline = { mcpServers: { greenlight: { type: 'streamableHttp', url: mcpUrl, headers } } };
  const zed = { context_servers: { greenlight: { url: mcpUrl, headers } } };

  test.each([
    ['claude-desktop', 'linux', '.config/Claude/claude_desktop_config.json', claudeDesktop],
    ['claude-desktop', 'darwin', `${support}/Claude/claude_desktop_config.json`, claudeDesktop],
    ['claude-desktop', 'win32', 'AppData/Roaming/Claude/claude_desktop_config.json', claudeDesktop],
    [
      'claude-code',
      'linux',
      '.claude.json',
      { mcpServers: { greenlight: { type: 'http', url: mcpUrl, headers } } },
    ],
    ['cursor', 'linux', '.cursor/mcp.json', { mcpServers: { greenlight: { url: mcpUrl, headers } } }],
    ['vscode', 'linux', '.config/Code/User/mcp.json', vscode],
    ['vscode', 'darwin', `${support}/Code/User/mcp.json`, vscode],
    ['vscode', 'win32', 'AppData/Roaming/Code/User/mcp.json', vscode],
    [
      'windsurf',
      'linux',
      '.codeium/windsurf/mcp_config.json',
      { mcpServers: { greenlight: { serverUrl: mcpUrl, headers } } },
    ],
    [
      'gemini-cli',
      'linux',
      '.gemini/settings.json',
      { mcpServers: { greenlight: { httpUrl: mcpUrl, headers } } },
    ],
    ['devin', 'linux', '.config/devin/mcp_config.json', devin],
    ['devin', 'darwin', '.config/devin/mcp_config.json', devin],
    ['devin', 'win32', 'AppData/Roaming/devin/mcp_config.json', devin],
    [
      'qwen-code',
      'linux',
      '.qwen/settings.json',
      { mcpServers: { greenlight: { httpUrl: mcpUrl, headers } } },
    ],
    [
      'antigravity',
      'linux',
      '.gemini/config/mcp_config.json',
      { mcpServers: { greenlight: { serverUrl: mcpUrl, headers } } },
    ],
    [
      'copilot-cli',
      'linux',
      '.copilot/mcp-config.json',
      { mcpServers: { greenlight: { type: 'http', url: mcpUrl, headers, tools: ['*'] } } },
    ],
    ['opencode', 'linux', '.config/opencode/opencode.json', opencode],
    ['opencode', 'darwin', '.config/opencode/opencode.json', opencode],
    ['kiro', 'linux', '.kiro/settings/mcp.json', { mcpServers: { greenlight: { url: mcpUrl, headers } } }],
    [
      'cline',
      'linux',
      '.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json',
      cline,
    ],
    [
      'roo-code',
      'darwin',
      `${support}/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json`,
      { mcpServers: { greenlight: { type: 'streamable-http', url: mcpUrl, headers } } },
    ],
    [
      'cline-cli',
      'linux',
      '.cline/data/settings/cline_mcp_settings.json',
      { mcpServers: { greenlight: { type: 'streamableHttp', url: mcpUrl, headers } } },
    ],
    [
      'continue',
      'linux',
      '.continue/mcpServers/greenlight.json',
      { mcpServers: { greenlight: { type: 'http', url: mcpUrl, headers } } },
    ],
    ['junie', 'linux', '.junie/mcp/mcp.json', { mcpServers: { greenlight: { url: mcpUrl, headers } } }],
    [
      'visual-studio',
      'win32',
      '.mcp.json',
      { servers: { greenlight: { type: 'http', url: mcpUrl, headers } } },
    ],
    ['lm-studio', 'linux', '.lmstudio/mcp.json', { mcpServers: { greenlight: { url: mcpUrl, headers } } }],
    ['zed', 'linux', '.config/zed/settings.json', zed],
    ['zed', 'darwin', '.config/zed/settings.json', zed],
    ['zed', 'win32', 'AppData/Roaming/Zed/settings.json', zed],
  ] as const)('%s on %s', (id, platform, file, expected) => {
    const home = createHome({ platform, env: platform === 'win32' ? appData : () => ({}) });
    const applied = home.connect.apply(id, access);
    expect(applied.path).toBe(home.path(file));
    expect(applied.backup).toBeUndefined();
    expect(JSON.parse(home.read(file))).toEqual(expected);
    expect(home.mode(file)).toBe(0o600);
    expect(home.connect.targets(mcpUrl).find((target) => target.id === id)).toMatchObject({
      path: home.path(file),
      detected: true,
      connected: true,
      direct: [],
      undoable: true,
    });
  });

  test('Codex CLI takes TOML', () => {
    const home = createHome();
    expect(home.connect.apply('codex', access).path).toBe(home.path('.codex/config.toml'));
    expect(parse(home.read('.codex/config.toml'))).toEqual({
      mcp_servers: { greenlight: { url: mcpUrl, http_headers: headers } },
    });
  });

  test.each([
    ['linux', '.config/goose/config.yaml'],
    ['win32', 'AppData/Roaming/Block/goose/config/config.yaml'],
  ] as const)('Goose takes YAML, on %s', (platform, file) => {
    const home = createHome({ platform, env: platform === 'win32' ? appData : () => ({}) });
    expect(home.connect.apply('goose', access).path).toBe(home.path(file));
    expect(parseYaml(home.read(file))).toEqual({
      extensions: {
        greenlight: {
          enabled: true,
          type: 'streamable_http',
          name: 'greenlight',
          description: 'Luma, through Greenlight',
          uri: mcpUrl,
          headers,
          envs: {},
          env_keys: [],
          timeout: 300,
        },
      },
    });
  });

  test('opencode’s file with comments is changed where it is there, and servers of version 2 are looked through', () => {
    const home = createHome();
    home.write(
      '.config/opencode/opencode.jsonc',
      '{ "mcp": { "servers": { "luma": { "type": "remote", "url": "https://luma.mcp.acedata.cloud/mcp" } } } }',
    );
    const target = home.connect.targets(mcpUrl).find(({ id }) => id === 'opencode');
    expect(target).toMatchObject({
      path: home.path('.config/opencode/opencode.jsonc'),
      direct: ['luma'],
    });
  });

  test('Claude Desktop packaged for Windows reads a private copy of its folder', () => {
    const home = createHome({ platform: 'win32', env: appData });
    const dir = 'AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude';
    home.write(`${dir}/window-state.json`, '{}');
    home.write('AppData/Roaming/Claude/claude_desktop_config.json', '{}');
    expect(home.connect.apply('claude-desktop', access).path).toBe(
      home.path(dir, 'claude_desktop_config.json'),
    );
  });

  test('folders that the environment names are used', () => {
    const home = createHome({
      env: (dir) => ({
        XDG_CONFIG_HOME: `${dir}/xdg`,
        CODEX_HOME: `${dir}/codex-home`,
        CLAUDE_CONFIG_DIR: `${dir}/claude-work`,
      }),
    });
    expect(home.connect.apply('vscode', access).path).toBe(home.path('xdg/Code/User/mcp.json'));
    expect(home.connect.apply('codex', access).path).toBe(home.path('codex-home/config.toml'));
    expect(home.connect.apply('claude-code', access).path).toBe(home.path('claude-work/.claude.json'));
  });
});

describe('detection', () => {
  const detected = (home: ReturnType<typeof createHome>) =>
    home.connect
      .targets(mcpUrl)
      .filter((target) => target.detected)
      .map((target) => target.id);

  test('an empty home has no clients, and looking creates nothing', () => {
    const home = createHome();
    expect(detected(home)).toEqual([]);
    expect(home.exists('.cursor')).toBe(false);
    expect(home.exists('greenlight-data')).toBe(false);
  });

  test('a folder of settings shows a client, and so does its command', () => {
    const home = createHome({ env: (dir) => ({ PATH: `/nowhere:${dir}/bin` }) });
    home.write('.cursor/settings', '');
    chmodSync(home.write('bin/gemini', '#!/bin/sh\n'), 0o755);
    expect(detected(home)).toEqual(['cursor', 'gemini-cli']);
  });

  test('on Windows a command has an ending', () => {
    const home = createHome({ platform: 'win32', env: (dir) => ({ PATH: `C:\\nowhere;${dir}/bin` }) });
    home.write('bin/code.cmd', '');
    expect(detected(home)).toEqual(['vscode']);
  });
});

describe('what is left to do', () => {
  const todo = (home: ReturnType<typeof createHome>, id: string, seen: boolean) =>
    home.connect.targets(mcpUrl, () => seen).find((target) => target.id === id)?.todo;

  test.each([
    ['gemini-cli', /folder that you told it to trust/],
    ['vscode', /asks once whether the server is trusted/],
    ['kiro', 'Start Kiro again if it is running.'],
  ])('is said after the change to %s, until the client was seen', (id, words) => {
    const home = createHome();
    expect(todo(home, id, false)).toBeUndefined();
    const { notes } = home.connect.apply(id, { ...access, grant: 'grant-1' });
    expect(notes.at(-1)).toMatch(words);
    expect(todo(home, id, false)).toMatch(words);
    expect(todo(home, id, true)).toBeUndefined();
    home.connect.undo(id);
    expect(todo(home, id, false)).toBeUndefined();
  });
});

describe('snippets', () => {
  const headers = { Authorization: `Bearer ${tokenPlaceholder}` };
  const reached = { url: mcpUrl, headers };

  test('every client has one that names the address and the token', () => {
    const { connect } = createHome();
    for (const target of connect.targets(mcpUrl)) {
      const { snippet } = connect.preview(target.id, { mcpUrl });
      expect(snippet).toContain(mcpUrl);
      expect(snippet).toContain(`Bearer ${tokenPlaceholder}`);
    }
  });

  test('a JSON client’s can be pasted as the whole file', () => {
    const home = createHome();
    home.write('.config/Code/User/mcp.json', home.connect.preview('vscode', { mcpUrl }).snippet);
    const target = home.connect.targets(mcpUrl).find(({ id }) => id === 'vscode');
    expect(target).toMatchObject({ connected: true, undoable: false });
  });

  test('Claude Code’s is a command', () => {
    expect(createHome().connect.preview('claude-code', { mcpUrl }).snippet).toBe(
      `claude mcp add --scope user --transport http greenlight ${mcpUrl} --header "Authorization: Bearer ${tokenPlaceholder}"`,
    );
  });

  test('any other client has a snippet only', () => {
    const { connect } = createHome();
    expect(connect.preview('other', { mcpUrl })).toMatchObject({ before: '', after: '' });
    expect(connect.preview('other', { mcpUrl }).path).toBeUndefined();
    expect(() => connect.apply('other', access)).toThrow('Copy the snippet');
  });

  test.each([
    ['other', 'JSON, with the address', 'json', { mcpServers: { greenlight: { type: 'http', ...reached } } }],
    ['other-toml', 'TOML', 'toml', { mcp_servers: { greenlight: { url: mcpUrl, http_headers: headers } } }],
    ['other-yaml', 'YAML', 'yaml', { mcpServers: { greenlight: { type: 'streamable-http', ...reached } } }],
  ] as const)('%s is %s', (id, form, format, expected) => {
    const { connect } = createHome();
    expect(connect.targets(mcpUrl).find((target) => target.id === id)).toMatchObject({ form });
    const { snippet, notes } = connect.preview(id, { mcpUrl, name: 'Zebra' });
    expect(JSON.parse(JSON.stringify(parseConfig(format, snippet, id)))).toEqual(expected);
    expect(notes.at(-1)).toBe('Enter it where Zebra keeps its MCP servers, then start Zebra again.');
  });

  test('other-command starts mcp-remote, with the token in its environment', () => {
    const { snippet } = createHome().connect.preview('other-command', { mcpUrl });
    const { command, args, env } = JSON.parse(snippet).mcpServers.greenlight;
    expect([command, ...args].join(' ')).toMatch(/^npx -y mcp-remote@[\d.]+ http/);
    expect(args.join(' ')).not.toContain(tokenPlaceholder);
    expect(env.AUTH_HEADER).toBe(`Bearer ${tokenPlaceholder}`);
  });

  test('a client nobody knows is refused by name', () => {
    const { connect } = createHome();
    expect(() => connect.preview('emacs', { mcpUrl })).toThrow('knows no client application “emacs”');
    expect(() => connect.apply('emacs', access)).toThrow('emacs');
    expect(() => connect.undo('emacs')).toThrow('emacs');
  });
});

test('what is for another platform is not offered', () => {
  const offered = (platform: NodeJS.Platform) =>
    createHome({ platform })
      .connect.targets(mcpUrl)
      .some(({ id }) => id === 'visual-studio');
  expect([offered('win32'), offered('linux'), offered('darwin')]).toEqual([true, false, false]);
});
