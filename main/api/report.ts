import { homedir, release } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import type { State } from '../../shared/contract.ts';
import type { RecentLine } from '../base/recent-log.ts';
import { maskSecrets } from '../gate/redact.ts';

/** What runs on what, as the first lines of a report of a problem. */
export function aboutProgram(host: State['host']): string[] {
  const { arch, env, platform, versions } = process;
  // Electron takes the place of the other with a name of its own.
  const desktop = env.ORIGINAL_XDG_CURRENT_DESKTOP ?? env.XDG_CURRENT_DESKTOP;
  const session = [env.XDG_SESSION_TYPE, desktop].filter(Boolean).join(', ');
  const electron =
    versions.electron === undefined ? '' : `Electron ${versions.electron}, Chrome ${versions.chrome}, `;
  return [
    `Greenlight ${packageJson.version}, ${host} host`,
    `Runs on: ${electron}Node ${versions.node}`,
    `System: ${platform} ${release()} ${arch}${session === '' ? '' : ` (${session})`}`,
  ];
}

/** What went wrong lately. */
export function aboutRecent(recent: readonly RecentLine[]): string[] {
  return [
    recent.length === 0
      ? 'Warnings and errors since the start: none'
      : 'Newest warnings and errors since the start:',
    ...recent.map(({ at, level, text }) => `- ${new Date(at).toISOString()} ${level}: ${text}`),
  ];
}

/** `lines` without what is nobody else's business: secrets, addresses, the person's name in paths. */
export function forSharing(lines: readonly string[]): string {
  const masked = String(maskSecrets({ text: lines.join('\n') }).text);
  return (
    masked
      // Where in the program something happened: a path, and no address.
      .replaceAll('file:///', '/')
      .replaceAll(/\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"')\]]+/gi, '[address]')
      .replaceAll(homedir(), '~')
  );
}
