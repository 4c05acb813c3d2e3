import type { ApiParts, Handlers } from './parts.ts';
import { aboutProgram, aboutRecent, forSharing } from './report.ts';

/** What a report of a problem needs: what runs on what, how it stands, what went wrong lately. */
export function diagnosticsHandlers({ core, state }: ApiParts): Pick<Handlers, 'diagnostics.get'> {
  return {
    async 'diagnostics.get'() {
      const { host, desktop, guard, upstream, notifier, secrets, problems, pending } = state();
      const { insteadOfKeyring } = core.secrets;
      const clients = core.grants.list();
      const revoked = clients.filter(({ revokedAt }) => revokedAt !== undefined).length;
      const lines = [
        ...aboutProgram(host),
        `Notifications: ${notifier.kind}, ${notifier.working ? 'working' : `not working: ${notifier.message ?? 'no reason given'}`}`,
        ...(desktop === undefined
          ? []
          : [
              `Tray: ${desktop.noTray === undefined ? 'no problem known' : 'missing'}`,
              `Shortcut: ${core.settings.get().shortcut || 'off'}${desktop.noShortcut === undefined ? '' : ', not working'}`,
            ]),
        `Secrets: ${secrets}${insteadOfKeyring === undefined ? '' : `, since the keyring cannot be used: ${insteadOfKeyring}`}`,
        `Upstream: ${upstream.kind}, ${upstream.status}${upstream.message === undefined ? '' : `: ${upstream.message}`}`,
        `Guard mode: ${guard.mode}`,
        `Policies: ${core.policies.list().length}; clients: ${clients.length} (revoked: ${revoked}); waiting: ${pending}; calls in the log: ${await core.log.ask('count', undefined)}`,
        '',
        problems.length === 0 ? 'Problems: none' : 'Problems:',
        ...problems.map(({ message }) => `- ${message}`),
        '',
        ...aboutRecent(core.recentLog()),
      ];
      return { text: forSharing(lines) };
    },
  };
}
