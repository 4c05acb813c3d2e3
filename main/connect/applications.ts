/**
 * The client applications that Greenlight can set up: where each keeps its MCP servers, under which key,
 * and how it takes the address and the bearer token of an HTTP server. The addresses in the comments are
 * where that is documented (looked up in November 2026).
 */
import { join } from 'node:path';
import { isJsonObject, ownMember } from '../../shared/json.ts';
import { bearer, bridged, type ConnectClient, entryName } from './client.ts';
import { otherForms } from './forms.ts';
import {
  claudeDesktopDir,
  clineFile,
  codexDir,
  devinDir,
  gooseDir,
  opencodeFile,
  settingsDir,
  vscodeExtension,
  xdgDir,
  zedDir,
} from './places.ts';

/** Every client, in the order in which they are offered; the last have only a snippet. */
export const connectClients: readonly ConnectClient[] = [
  {
    id: 'claude-desktop',
    name: 'Claude Desktop',
    // https://modelcontextprotocol.io/docs/develop/connect-local-servers: only commands, no addresses. An
    // entry with a `url` is skipped or keeps the application from starting, and its connectors refuse
    // http://127.0.0.1 (https://github.com/anthropics/claude-ai-mcp/issues/9). Hence mcp-remote, with the
    // header in `env`: on Windows spaces in arguments are mangled, and arguments show in process lists
    // (https://github.com/geelen/mcp-remote#custom-headers).
    config: {
      format: 'json',
      path: (place) => join(claudeDesktopDir(place), 'claude_desktop_config.json'),
      servers: 'mcpServers',
    },
    signs: { paths: (place) => [claudeDesktopDir(place)], commands: ['claude-desktop'] },
    entry: bridged,
    bundle: true,
    note:
      'Claude Desktop’s file takes only local commands, so it reaches Greenlight through mcp-remote, which ' +
      'npx downloads on first use. Node.js 18 or newer must be installed. A bundle, which you can save here, needs neither.',
    afterwards: 'Quit Claude Desktop, not only its window, and start it again.',
  },
  {
    id: 'claude-code',
    name: 'Claude Code',
    // https://code.claude.com/docs/en/mcp: the user scope is `mcpServers` of ~/.claude.json, the local scope
    // the same under the project's folder. CLAUDE_CONFIG_DIR: https://code.claude.com/docs/en/env-vars
    config: {
      format: 'json',
      path: ({ home, env }) => join(env.CLAUDE_CONFIG_DIR || home, '.claude.json'),
      servers: 'mcpServers',
      alsoIn(config) {
        const projects = ownMember(config, 'projects');
        return isJsonObject(projects)
          ? Object.keys(projects).map((folder) => ['projects', folder, 'mcpServers'])
          : [];
      },
    },
    signs: {
      paths: ({ home, env }) => [
        env.CLAUDE_CONFIG_DIR || join(home, '.claude'),
        join(env.CLAUDE_CONFIG_DIR || home, '.claude.json'),
      ],
      commands: ['claude'],
    },
    entry: ({ mcpUrl, token }) => ({ type: 'http', url: mcpUrl, headers: bearer(token) }),
    snippet: ({ mcpUrl, token }) =>
      `claude mcp add --scope user --transport http ${entryName} ${mcpUrl} --header "Authorization: Bearer ${token}"`,
    afterwards: 'Sessions of Claude Code that are running see the change once they are restarted.',
  },
  {
    id: 'cursor',
    name: 'Cursor',
    // https://cursor.com/docs/mcp
    config: {
      format: 'json',
      path: ({ home }) => join(home, '.cursor', 'mcp.json'),
      servers: 'mcpServers',
    },
    signs: { paths: ({ home }) => [join(home, '.cursor')], commands: ['cursor'] },
    entry: ({ mcpUrl, token }) => ({ url: mcpUrl, headers: bearer(token) }),
  },
  {
    id: 'vscode',
    name: 'VS Code',
    // https://code.visualstudio.com/docs/agents/reference/mcp-configuration: mcp.json of the user profile
    config: {
      format: 'json',
      path: (place) => join(settingsDir(place), 'Code', 'User', 'mcp.json'),
      servers: 'servers',
    },
    signs: { paths: (place) => [join(settingsDir(place), 'Code')], commands: ['code'] },
    entry: ({ mcpUrl, token }) => ({ type: 'http', url: mcpUrl, headers: bearer(token) }),
    note: 'This is the file of VS Code’s default profile.',
    afterwards: 'VS Code asks once whether the server is trusted: answer it.',
  },
  {
    id: 'devin',
    name: 'Devin Desktop',
    // As others document it (docs/clients.md): Devin Desktop (once Windsurf) and Devin CLI read it
    config: {
      format: 'json',
      path: (place) => join(devinDir(place), 'mcp_config.json'),
      servers: 'mcpServers',
    },
    signs: { paths: (place) => [devinDir(place)], commands: ['devin', 'devin-desktop'] },
    entry: ({ mcpUrl, token }) => ({ url: mcpUrl, transport: 'http', headers: bearer(token) }),
  },
  {
    id: 'windsurf',
    name: 'Windsurf',
    // Before it was called Devin Desktop: https://docs.windsurf.com/windsurf/cascade/mcp: `serverUrl`, not `url`
    config: {
      format: 'json',
      path: ({ home }) => join(home, '.codeium', 'windsurf', 'mcp_config.json'),
      servers: 'mcpServers',
    },
    signs: { paths: ({ home }) => [join(home, '.codeium', 'windsurf')], commands: ['windsurf'] },
    entry: ({ mcpUrl, token }) => ({ serverUrl: mcpUrl, headers: bearer(token) }),
    note: 'For versions from before June 2026; since then it is called Devin Desktop and reads another file.',
    afterwards: 'Press the refresh button in Windsurf’s list of MCP servers.',
  },
  {
    id: 'gemini-cli',
    name: 'Gemini CLI',
    // https://geminicli.com/docs/tools/mcp-server: `httpUrl` is streamable HTTP, `url` would be SSE
    config: {
      format: 'json',
      path: ({ home }) => join(home, '.gemini', 'settings.json'),
      servers: 'mcpServers',
      plainUrlIsSse: true,
    },
    signs: { paths: ({ home }) => [join(home, '.gemini')], commands: ['gemini'] },
    entry: ({ mcpUrl, token }) => ({ httpUrl: mcpUrl, headers: bearer(token) }),
    // https://geminicli.com/docs/cli/trusted-folders
    afterwards:
      'Start Gemini CLI again, in a folder that you told it to trust: where folder trust is on, it leaves out all MCP ' +
      'servers in any other.',
  },
  {
    id: 'qwen-code',
    name: 'Qwen Code',
    // https://qwenlm.github.io/qwen-code-docs/en/users/features/mcp: as Gemini CLI, which it comes from
    config: {
      format: 'json',
      path: ({ home }) => join(home, '.qwen', 'settings.json'),
      servers: 'mcpServers',
      plainUrlIsSse: true,
    },
    signs: { paths: ({ home }) => [join(home, '.qwen')], commands: ['qwen'] },
    entry: ({ mcpUrl, token }) => ({ httpUrl: mcpUrl, headers: bearer(token) }),
  },
  {
    id: 'antigravity',
    name: 'Antigravity',
    // As others document it (docs/clients.md); `agy mcp add` writes the same file
    config: {
      format: 'json',
      path: ({ home }) => join(home, '.gemini', 'config', 'mcp_config.json'),
      servers: 'mcpServers',
    },
    signs: {
      paths: ({ home }) => ['config', 'antigravity'].map((name) => join(home, '.gemini', name)),
      commands: ['antigravity', 'agy'],
    },
    entry: ({ mcpUrl, token }) => ({ serverUrl: mcpUrl, headers: bearer(token) }),
  },
  {
    id: 'copilot-cli',
    name: 'GitHub Copilot CLI',
    // The place: https://code.visualstudio.com/docs/agents/reference/mcp-configuration; the form: docs/clients.md
    config: {
      format: 'json',
      path: ({ home, env }) => join(env.COPILOT_HOME || join(home, '.copilot'), 'mcp-config.json'),
      servers: 'mcpServers',
    },
    signs: {
      paths: ({ home, env }) => [env.COPILOT_HOME || join(home, '.copilot')],
      commands: ['copilot'],
    },
    entry: ({ mcpUrl, token }) => ({ type: 'http', url: mcpUrl, headers: bearer(token), tools: ['*'] }),
  },
  {
    id: 'opencode',
    name: 'opencode',
    // https://opencode.ai/v1/docs/mcp-servers; version 2 has the servers one member deeper
    // (https://opencode.ai/v2/docs/mcp-servers), and is not what npm serves.
    config: {
      format: 'json',
      path: opencodeFile,
      servers: 'mcp',
      alsoIn: () => [['mcp', 'servers']],
    },
    signs: { paths: (place) => [join(xdgDir(place), 'opencode')], commands: ['opencode'] },
    entry: ({ mcpUrl, token }) => ({ type: 'remote', url: mcpUrl, headers: bearer(token), enabled: true }),
    note: 'This is the form of opencode 1. Version 2 has its servers under “mcp”, “servers”: enter it there by hand.',
  },
  {
    id: 'kiro',
    name: 'Kiro',
    // https://kiro.dev/docs/mcp/configuration: the IDE and the CLI read the same file
    config: {
      format: 'json',
      path: ({ home }) => join(home, '.kiro', 'settings', 'mcp.json'),
      servers: 'mcpServers',
    },
    signs: { paths: ({ home }) => [join(home, '.kiro')], commands: ['kiro', 'kiro-cli'] },
    entry: ({ mcpUrl, token }) => ({ url: mcpUrl, headers: bearer(token) }),
  },
  {
    id: 'cline',
    name: 'Cline in VS Code',
    // https://github.com/cline/cline/blob/main/src/services/mcp/schemas.ts: without the type it is taken for SSE
    config: {
      format: 'json',
      path: (place) => vscodeExtension(place, 'saoudrizwan.claude-dev', 'cline_mcp_settings.json'),
      servers: 'mcpServers',
      plainUrlIsSse: true,
    },
    signs: {
      paths: (place) => [join(vscodeExtension(place, 'saoudrizwan.claude-dev', ''), '..')],
      commands: [],
    },
    entry: ({ mcpUrl, token }) => ({ type: 'streamableHttp', url: mcpUrl, headers: bearer(token) }),
  },
  {
    id: 'cline-cli',
    name: 'Cline CLI',
    // @cline/shared and @cline/core 0.0.86 (its packages on npm): resolveMcpSettingsPath, and the flat form of an entry
    config: { format: 'json', path: (place) => clineFile(place), servers: 'mcpServers' },
    signs: { paths: ({ home, env }) => [env.CLINE_DIR || join(home, '.cline')], commands: ['cline'] },
    entry: ({ mcpUrl, token }) => ({ type: 'streamableHttp', url: mcpUrl, headers: bearer(token) }),
  },
  {
    id: 'roo-code',
    name: 'Roo Code in VS Code',
    // https://docs.roocode.com/features/mcp/using-mcp-in-roo: an address without the type is refused
    config: {
      format: 'json',
      path: (place) => vscodeExtension(place, 'rooveterinaryinc.roo-cline', 'mcp_settings.json'),
      servers: 'mcpServers',
    },
    signs: {
      paths: (place) => [join(vscodeExtension(place, 'rooveterinaryinc.roo-cline', ''), '..')],
      commands: [],
    },
    entry: ({ mcpUrl, token }) => ({ type: 'streamable-http', url: mcpUrl, headers: bearer(token) }),
  },
  {
    id: 'lm-studio',
    name: 'LM Studio',
    // https://lmstudio.ai/docs/app/mcp: as Cursor
    config: {
      format: 'json',
      path: ({ home }) => join(home, '.lmstudio', 'mcp.json'),
      servers: 'mcpServers',
    },
    signs: { paths: ({ home }) => [join(home, '.lmstudio')], commands: ['lms', 'lm-studio'] },
    entry: ({ mcpUrl, token }) => ({ url: mcpUrl, headers: bearer(token) }),
  },
  {
    id: 'goose',
    name: 'Goose',
    // https://goose-docs.ai/docs/guides/config-files
    config: {
      format: 'yaml',
      path: (place) => join(gooseDir(place), 'config.yaml'),
      servers: 'extensions',
    },
    signs: { paths: (place) => [gooseDir(place)], commands: ['goose'] },
    entry: ({ mcpUrl, token, name }) => ({
      enabled: true,
      type: 'streamable_http',
      name: name ?? entryName,
      description: `${name ?? 'Luma'}, through Greenlight`,
      uri: mcpUrl,
      headers: bearer(token),
      envs: {},
      env_keys: [],
      timeout: 300,
    }),
  },
  {
    id: 'continue',
    name: 'Continue',
    // https://github.com/continuedev/continue: core/context/mcp/json/loadJsonMcpConfigs.ts, packages/config-yaml
    // (schemas/mcp/json.ts): a file of its own beside those of others, since config.yaml has the servers in a list
    config: {
      format: 'json',
      path: ({ home, env }) =>
        join(env.CONTINUE_GLOBAL_DIR || join(home, '.continue'), 'mcpServers', 'greenlight.json'),
      servers: 'mcpServers',
    },
    signs: {
      paths: ({ home, env }) => [env.CONTINUE_GLOBAL_DIR || join(home, '.continue')],
      commands: ['cn'],
    },
    entry: ({ mcpUrl, token }) => ({ type: 'http', url: mcpUrl, headers: bearer(token) }),
    note: 'Servers in Continue’s config.yaml are not looked through: take a Luma server out of it yourself.',
  },
  {
    id: 'junie',
    name: 'JetBrains Junie',
    // https://junie.jetbrains.com/docs/junie-cli-mcp-configuration.html
    config: {
      format: 'json',
      path: ({ home }) => join(home, '.junie', 'mcp', 'mcp.json'),
      servers: 'mcpServers',
    },
    signs: { paths: ({ home }) => [join(home, '.junie')], commands: ['junie'] },
    entry: ({ mcpUrl, token }) => ({ url: mcpUrl, headers: bearer(token) }),
    note: 'A Junie that only starts commands (its plugin did in 2025) takes the entry of “Another client” with a command.',
  },
  {
    id: 'visual-studio',
    name: 'Visual Studio',
    only: 'win32',
    // https://learn.microsoft.com/visualstudio/ide/mcp-servers: it reads VS Code’s files too, so the form is theirs
    config: { format: 'json', path: ({ home }) => join(home, '.mcp.json'), servers: 'servers' },
    signs: {
      paths: ({ home, env }) => [
        join(home, '.mcp.json'),
        ...[env.ProgramFiles, env['ProgramFiles(x86)']].flatMap((folder) =>
          folder ? [join(folder, 'Microsoft Visual Studio', 'Installer')] : [],
        ),
      ],
      commands: ['devenv'],
    },
    entry: ({ mcpUrl, token }) => ({ type: 'http', url: mcpUrl, headers: bearer(token) }),
  },
  {
    id: 'codex',
    name: 'Codex CLI',
    // https://developers.openai.com/codex/mcp: `http_headers`; `headers` and `bearer_token` are not read
    config: {
      format: 'toml',
      path: (place) => join(codexDir(place), 'config.toml'),
      servers: 'mcp_servers',
    },
    signs: { paths: (place) => [codexDir(place)], commands: ['codex'] },
    entry: ({ mcpUrl, token }) => ({ url: mcpUrl, http_headers: bearer(token) }),
  },
  {
    id: 'zed',
    name: 'Zed',
    // https://zed.dev/docs/ai/mcp
    config: {
      format: 'json',
      path: (place) => join(zedDir(place), 'settings.json'),
      servers: 'context_servers',
    },
    signs: { paths: (place) => [zedDir(place)], commands: ['zed', 'zeditor'] },
    entry: ({ mcpUrl, token }) => ({ url: mcpUrl, headers: bearer(token) }),
  },
  ...otherForms,
];
