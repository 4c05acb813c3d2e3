import { describe, expect, test } from 'vitest';
import type { Notice } from '../../../main/base/ports.ts';
import {
  failureOf,
  notifySendArguments,
  responseOf,
  understandsActions,
} from '../../../main/notify/notify-send-protocol.ts';

const notice: Notice = { id: 'a', title: 'Claude asks', body: 'A cat', answerable: true, sound: true };

describe('the version', () => {
  test.each([
    ['notify-send 0.8.0\n', true],
    ['notify-send 0.8.8', true],
    ['notify-send 0.10.1', true],
    ['notify-send 1.0.0', true],
    ['notify-send 0.7.12', false],
    ['notify-send 0.7.9', false],
    ['', false],
    ['something else', false],
  ])('%j has buttons that can be taken down: %s', (output, able) => {
    expect(understandsActions(output)).toBe(able);
  });
});

describe('the command line', () => {
  test('gives a question Allow, Deny and a click, and lets it stay', () => {
    const args = notifySendArguments(notice, true);
    expect(args).toEqual(
      expect.arrayContaining([
        '--action=allow=Allow',
        '--action=deny=Deny',
        '--action=default=Open',
        '--expire-time=0',
        '--urgency=normal',
        '--wait',
      ]),
    );
    expect(args.slice(-3)).toEqual(['--', 'Claude asks', 'A cat']);
  });

  test('gives a change from outside its own answers; no call is held up by it', () => {
    const labels = { allow: 'Use it', deny: 'Keep mine' };
    const args = notifySendArguments({ ...notice, labels }, true);
    expect(args).toEqual(
      expect.arrayContaining([
        '--action=allow=Use it',
        '--action=deny=Keep mine',
        '--urgency=normal',
        '--wait',
      ]),
    );
  });

  test('gives a summary only a click', () => {
    const args = notifySendArguments({ ...notice, answerable: false }, true);
    expect(args).toContain('--action=default=Open');
    expect(args.join(' ')).not.toMatch(/allow|deny|critical/);
  });

  test('asks for silence where no sound may be made', () => {
    expect(notifySendArguments({ ...notice, sound: false }, true)).toContain(
      '--hint=boolean:suppress-sound:true',
    );
    expect(notifySendArguments(notice, true).join(' ')).not.toContain('suppress-sound');
  });

  test('gives an old notify-send nothing it does not know, and lets the notification go by itself', () => {
    const args = notifySendArguments(notice, false);
    expect(args.join(' ')).not.toMatch(/--action|--wait|boolean|expire-time=0/);
  });

  test('keeps titles and bodies that look like options behind "--"', () => {
    const args = notifySendArguments({ ...notice, title: '--help', body: '-u low' }, true);
    expect(args.slice(-3)).toEqual(['--', '--help', '-u low']);
  });

  test('escapes markup, and the escapes by which markup could come back', () => {
    const [body] = notifySendArguments({ ...notice, body: '<b>&\\074i\\076\\n' }, true).slice(-1);
    expect(body).toBe('&lt;b&gt;&amp;\\\\074i\\\\076\\\\n');
  });

  test('bounds both texts, counted before escaping', () => {
    const [title, body] = notifySendArguments(
      { ...notice, title: 't'.repeat(999), body: '<'.repeat(999) },
      true,
    ).slice(-2);
    expect([...(title ?? '')]).toHaveLength(100);
    expect(body).toBe(`${'&lt;'.repeat(399)}…`);
  });

  test('tells a copy apart in the title, however long that is', () => {
    const title = notifySendArguments({ ...notice, title: 't'.repeat(999) }, true, 12).at(-2) ?? '';
    expect(title.endsWith('… (12)')).toBe(true);
    expect([...title]).toHaveLength(100);
  });

  test('puts no line break into a title and never leaves it empty', () => {
    expect(notifySendArguments({ ...notice, title: 'a\nb' }, true).at(-2)).toBe('a b');
    expect(notifySendArguments({ ...notice, title: '' }, true).at(-2)).toBe('Greenlight');
  });
});

test('only the three known actions are answers', () => {
  expect(['allow\n', 'deny\n', 'default\n', '', 'allow deny', 'x'].map(responseOf)).toEqual([
    'allow',
    'deny',
    'open',
    'closed',
    'closed',
    'closed',
  ]);
});

describe('what it complains about', () => {
  const warning = '\n(notify-send:9080): libnotify-WARNING **: 20:22:33.996: Failed to connect to proxy\n';
  const noActions = 'Actions are not supported by this notifications server. Displaying non-interactively.\n';

  test('a missing daemon is explained with what to do', () => {
    const stderr = `${warning}${noActions}GDBus.Error:org.freedesktop.DBus.Error.ServiceUnknown: The name org.freedesktop.Notifications was not provided by any .service files\n`;
    expect(failureOf(stderr)).toMatch(/No notification service is running\. Start .*dunst/);
  });

  test('a missing session is explained with what to do', () => {
    expect(failureOf(`${warning}Cannot autolaunch D-Bus without X11 $DISPLAY\n`)).toMatch(
      /no desktop session .*\(Cannot autolaunch D-Bus without X11 \$DISPLAY\)/,
    );
    expect(failureOf('Could not connect: No such file or directory\n')).toMatch(/no desktop session/);
  });

  test('anything else is told as it is', () => {
    expect(failureOf('Timeout was reached\n')).toMatch(/\(Timeout was reached\)/);
  });

  test('warnings, a daemon without buttons and a taken-down notification are no failures', () => {
    expect(failureOf(warning)).toBeUndefined();
    expect(failureOf(noActions, 1)).toBeUndefined();
    expect(failureOf('Wait cancelled, closing notification\n', 0)).toBeUndefined();
    expect(failureOf('', 0)).toBeUndefined();
  });

  test('a failing exit without a word is a failure', () => {
    expect(failureOf('', 1)).toMatch(/ended with code 1/);
  });
});
