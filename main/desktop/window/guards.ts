/** What keeps a window on its own page, whatever that page is made to do. */

import type { Logger } from '../../base/ports.ts';
import { oneLine } from '../../notify/text.ts';
import type { Electron, GuardedContents } from '../electron.ts';
import { APP_ORIGIN, isOwn } from './address.ts';

/** Code points of an address in the question whether to open it. */
const longestAddress = 500;

/** Code points of a file's name in the title of a dialog. */
const longestName = 100;

/**
 * Guards every page there will ever be: it stays under app://greenlight, opens no window, attaches no
 * webview, gets no permission but to put text into the clipboard, saves nothing but what the page made
 * itself. An https address is opened in the person's browser, after asking.
 */
export function guardPages(parts: {
  electron: Pick<Electron, 'app' | 'dialog' | 'session' | 'shell'>;
  logger: Logger;
}): void {
  const { electron, logger } = parts;
  const askToOpen = createLinkQuestion(parts);

  electron.app.on('web-contents-created', (_event, contents) => guardContents(contents, askToOpen, logger));

  const { defaultSession } = electron.session;
  const permitted = (permission: string, url: string) =>
    permission === 'clipboard-sanitized-write' && isOwn(url);
  defaultSession.setPermissionCheckHandler((_contents, permission, requestingOrigin) =>
    permitted(permission, requestingOrigin),
  );
  defaultSession.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(permitted(permission, details.requestingUrl)),
  );
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${APP_ORIGIN}/`)) return event.preventDefault();
    // Without one it would be the address.
    item.setSaveDialogOptions({ title: `Save ${oneLine(item.getFilename(), longestName)}` });
  });
}

function guardContents(contents: GuardedContents, askToOpen: (url: string) => void, logger: Logger): void {
  const stay = (event: { preventDefault(): void; url: string }) => {
    if (isOwn(event.url)) return;
    event.preventDefault();
    logger.warn({}, 'the window was kept from leaving its page');
    askToOpen(event.url);
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', (event) => {
    if (!isOwn(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    askToOpen(url);
    return { action: 'deny' };
  });
}

/** Asks before an https address is opened; one question at a time, everything else is dropped. */
function createLinkQuestion({
  electron: { dialog, shell },
  logger,
}: {
  electron: Pick<Electron, 'dialog' | 'shell'>;
  logger: Logger;
}): (url: string) => void {
  let asking = false;
  const ask = async (url: string) => {
    const { response } = await dialog.showMessageBox({
      type: 'question',
      message: 'Open this address in your browser?',
      detail: oneLine(url, longestAddress),
      buttons: ['Open', 'Cancel'],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    });
    if (response === 0) await shell.openExternal(url);
  };
  return (url) => {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (asking || parsed?.protocol !== 'https:' || parsed.username !== '' || parsed.password !== '') return;
    asking = true;
    ask(parsed.href)
      .catch((error) => logger.warn({ reason: String(error) }, 'an address could not be opened'))
      .finally(() => {
        asking = false;
      });
  };
}
