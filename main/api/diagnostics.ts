import { homedir, release } from 'node:os';
import { maskSecrets } from '../gate/redact.ts';
import type { ApiParts, Handlers } from './parts.ts';

/** What a report of a problem needs: what runs on what, how it stands, what went wrong lately. */
export function diagnosticsHandlers({ core, state }: ApiParts): Pick<Handlers, 'diagnostics.get'> {
  return {
    async 'diagnostics.get'() {
      const { version, host, guard, upstream, notifier, secrets, problems, pending } = state();
      const { arch, env, platform, versions } = process;
      const clients = core.grants.list();
      const revoked = clients.filter(({ revokedAt }) => revokedAt !== undefined).length;
      const session = [env.XDG_SESSION_TYPE, env.XDG_CURRENT_DESKTOP].filter(Boolean).join(', ');
      const recent = core
        .recentLog()
        .map(({ at, level, text }) => `${new Date(at).toISOString()} ${level}: ${text}`);
      const lines = [
        `Greenlight ${version}, ${host} host`,
        `Runs on: ${versions.electron === undefined ? '' : `Electron ${versions.electron}, Chrome ${versions.chrome}, `}Node ${versions.node}`,
        `System: ${platform} ${release()} ${arch}${session === '' ? '' : ` (${session})`}`,
        `Notifications: ${notifier.kind}, ${notifier.working ? 'working' : `not working: ${notifier.message ?? 'no reason given'}`}`,
        `Secrets: ${secrets}`,
        `Upstream: ${upstream.kind}, ${upstream.status}${upstream.message === undefined ? '' : `: ${upstream.message}`}`,
        `Guard mode: ${guard.mode}`,
        `Policies: ${core.policies.list().length}; clients: ${clients.length} (revoked: ${revoked}); waiting: ${pending}; calls in the log: ${await core.log.ask('count', undefined)}`,
        '',
        problems.length === 0 ? 'Problems: none' : 'Problems:',
        ...problems.map(({ message }) => `- ${message}`),
        '',
        recent.length === 0
          ? 'Warnings and errors since the start: none'
          : 'Newest warnings and errors since the start:',
        ...recent.map((line) => `- ${line}`),
      ];
      return { text: forSharing(lines.join('\n')) };
    },
  };
}

/** Leaves out what is nobody else's business: secrets, addresses, the person's name in paths. */
function forSharing(text: string): string {
  const masked = String(maskSecrets({ text }).text);
  return masked
    .replaceAll(/\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"')\]]+/gi, '[address]')
    .replaceAll(homedir(), '~');
}
