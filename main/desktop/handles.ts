import { UserFacingError } from '../../shared/user-facing-error.ts';

/**
 * Switches of Chromium's with which another program sees the window, presses its buttons, or puts code into it.
 * Node's own (`--inspect`, `NODE_OPTIONS`) are off in the packaged application (electron-builder.yml).
 */
const HANDLES = new Set([
  'disable-web-security',
  'enable-automation',
  'gpu-launcher',
  'js-flags',
  'load-extension',
  'remote-allow-origins',
  'remote-debugging-address',
  'remote-debugging-io-pipes',
  'remote-debugging-pipe',
  'remote-debugging-port',
  'remote-debugging-socket-name',
  'renderer-cmd-prefix',
  'utility-cmd-prefix',
]);

/**
 * Throws a {@link UserFacingError} when `argv` lets another program act in the person's stead: an agent that has a
 * shell could start Greenlight so, and answer itself.
 */
export function refuseHandles(argv: readonly string[]): void {
  const found = argv.find((argument) => {
    const [, name = ''] = /^(?:--?|\/)([^=]*)/.exec(argument) ?? [];
    return HANDLES.has(name.toLowerCase());
  });
  if (found === undefined) return;
  throw new UserFacingError(
    'invalid',
    `Greenlight was started with ${found.slice(0, 80)}, by which another program could answer in your place. Start it without that. If it was not you who started it, find out which program it was.`,
  );
}
