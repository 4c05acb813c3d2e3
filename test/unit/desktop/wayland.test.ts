import { expect, test } from 'vitest';
import { onWayland } from '../../../main/desktop/window/wayland.ts';

test.each([
  ['linux', {}, [], false],
  ['linux', { XDG_SESSION_TYPE: 'x11' }, [], false],
  ['linux', { XDG_SESSION_TYPE: 'wayland' }, [], true],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, [], true],
  ['linux', { WAYLAND_DISPLAY: '' }, [], false],
  ['linux', { XDG_SESSION_TYPE: 'wayland' }, ['--ozone-platform=x11'], false],
  ['linux', {}, ['--ozone-platform=x11', '--ozone-platform=wayland'], true],
  ['darwin', { XDG_SESSION_TYPE: 'wayland' }, [], false],
] as const)('%s with %j and %j', (platform, env, argv, expected) => {
  expect(onWayland({ platform, env, argv })).toBe(expected);
});
