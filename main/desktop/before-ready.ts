import { resolve } from 'node:path';
import { LINK_SCHEME, linkAmong } from './deep-link.ts';
import { refuseHandles } from './handles.ts';
import type { Machine } from './machine.ts';
import { registerAppScheme } from './window/app-protocol.ts';

/** What the person does with an application that runs already: starts it again, opens a link to it. */
export interface Knocks {
  /**
   * Hands every knock to `listener`, those that came before included; `link` is absent when it was just started. Only
   * what macOS tells as *activate* before is left out: it tells so of the first start itself.
   */
  onKnock(listener: (link: string | undefined) => void): void;
}

/**
 * What has to be done before Electron is ready: where the data is, that there is only one Greenlight, which
 * schemes are whose. Returns `undefined` when another Greenlight runs: that one shows its window instead. Throws a
 * {@link UserFacingError} when it was started so that others could answer.
 */
export function beforeReady({
  electron,
  env,
  argv,
  platform,
}: Pick<Machine, 'electron' | 'env' | 'argv' | 'platform'>): Knocks | undefined {
  const { app } = electron;
  // In development tools like Playwright's come in that way.
  if (app.isPackaged) refuseHandles(argv);
  // Before the lock, which lies in that folder too: another data directory is another Greenlight.
  if (env.GREENLIGHT_HOME) app.setPath('userData', resolve(env.GREENLIGHT_HOME));
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return undefined;
  }
  registerAppScheme(electron.protocol);
  // In development it would register the bare Electron. On Linux the package says so, or app-image.ts.
  if (app.isPackaged && platform !== 'linux') app.setAsDefaultProtocolClient(LINK_SCHEME);
  if (platform === 'win32') app.setAppUserModelId('io.github.greenlight.desktop');

  let hand: ((link: string | undefined) => void) | undefined;
  const early: (string | undefined)[] = [];
  const knock = (link: string | undefined) => {
    if (hand) hand(link);
    else early.push(link);
  };
  const first = linkAmong(argv);
  if (first !== undefined) knock(first);
  app.on('second-instance', (_event, others) => knock(linkAmong(others)));
  app.on('open-url', (event, url) => {
    event.preventDefault();
    knock(url);
  });
  app.on('activate', () => hand?.(undefined));
  return {
    onKnock(listener) {
      hand = listener;
      for (const link of early.splice(0)) listener(link);
    },
  };
}
