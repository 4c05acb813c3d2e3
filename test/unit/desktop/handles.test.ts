import { describe, expect, test } from 'vitest';
import { refuseHandles } from '../../../main/desktop/handles.ts';

describe('switches with which another program could answer', () => {
  test.each([
    '--remote-debugging-port=9222',
    '--remote-debugging-pipe',
    '-remote-debugging-port=0',
    '/Remote-Debugging-Port=9222',
    '--js-flags=--expose-gc',
    '--renderer-cmd-prefix=/tmp/x',
    '--load-extension=/tmp/x',
  ])('%s is refused', (argument) => {
    expect(() => refuseHandles(['/opt/greenlight', argument])).toThrow(/answer in your place/);
  });

  test.each([
    '--at-login',
    '--no-sandbox',
    '--ozone-platform=wayland',
    '-psn_0_1',
    'greenlight://approval/1',
  ])('%s is not', (argument) => {
    expect(() => refuseHandles(['/opt/remote-debugging-port', argument])).not.toThrow();
  });
});
