import type { SessionPart } from './electron.ts';

/**
 * What the system's proxy settings say of an address, as a PAC script does. They are read before the first answer: until
 * Chromium has, it says DIRECT (seen with Electron 25, some hundred milliseconds after the start).
 */
export function createSystemProxy(
  session: Pick<SessionPart, 'forceReloadProxyConfig' | 'resolveProxy'>,
): (url: URL) => Promise<string> {
  let read: Promise<void> | undefined;
  return async (url) => {
    read ??= session.forceReloadProxyConfig();
    await read;
    return session.resolveProxy(url.href);
  };
}
