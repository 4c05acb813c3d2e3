/** Where client applications keep their settings. The addresses in the comments are where that is documented. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The machine the clients are looked for on. */
export interface Place {
  home: string;
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
}

/** The folder in which the platform's applications keep their settings. */
export function settingsDir({ home, platform, env }: Place): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (platform === 'win32') return env.APPDATA || join(home, 'AppData', 'Roaming');
  return env.XDG_CONFIG_HOME || join(home, '.config');
}

/**
 * Claude Desktop's folder. Its Windows package (MSIX, since February 2026) does not see the documented
 * %APPDATA%\Claude but a private copy: https://github.com/anthropics/claude-code/issues/26073
 */
export function claudeDesktopDir(place: Place): string {
  if (place.platform === 'win32') {
    const packages = join(place.env.LOCALAPPDATA || join(place.home, 'AppData', 'Local'), 'Packages');
    const installed = existsSync(packages) ? readdirSync(packages).sort() : [];
    for (const name of installed.filter((entry) => entry.startsWith('Claude_'))) {
      const dir = join(packages, name, 'LocalCache', 'Roaming', 'Claude');
      if (existsSync(dir)) return dir;
    }
  }
  return join(settingsDir(place), 'Claude');
}

/** The folder of Zed: https://zed.dev/docs/configuring-zed (XDG on Linux only). */
export function zedDir(place: Place): string {
  if (place.platform === 'darwin') return join(place.home, '.config', 'zed');
  return join(settingsDir(place), place.platform === 'win32' ? 'Zed' : 'zed');
}

/** The file in which an extension of VS Code keeps its MCP servers. */
export const vscodeExtension = (place: Place, extension: string, file: string) =>
  join(settingsDir(place), 'Code', 'User', 'globalStorage', extension, 'settings', file);

/** The file of Cline's command line (`resolveMcpSettingsPath` of @cline/shared). */
export function clineFile({ home, env }: Place): string {
  const data = env.CLINE_DATA_DIR || join(env.CLINE_DIR || join(home, '.cline'), 'data');
  return env.CLINE_MCP_SETTINGS_PATH || join(data, 'settings', 'cline_mcp_settings.json');
}

/** The folder of settings where it is `~/.config` on macOS too. */
export function xdgDir({ home, env }: Place): string {
  return env.XDG_CONFIG_HOME || join(home, '.config');
}

/** opencode reads both; one that is there is changed rather than another made. */
export function opencodeFile(place: Place): string {
  const dir = join(xdgDir(place), 'opencode');
  const both = ['opencode.json', 'opencode.jsonc'].map((name) => join(dir, name));
  return both.find((path) => existsSync(path)) ?? join(dir, 'opencode.json');
}

/** The folder of Devin: https://docs.devin.ai/cli/reference/configuration/config-file */
export function devinDir(place: Place): string {
  return place.platform === 'win32'
    ? join(settingsDir(place), 'devin')
    : join(place.home, '.config', 'devin');
}

/** The folder of Goose: https://goose-docs.ai/docs/guides/config-files */
export function gooseDir(place: Place): string {
  return place.platform === 'win32'
    ? join(settingsDir(place), 'Block', 'goose', 'config')
    : join(xdgDir(place), 'goose');
}

/** The folder of Codex: https://developers.openai.com/codex/config-reference */
export const codexDir = ({ home, env }: Place) => env.CODEX_HOME || join(home, '.codex');
