import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Notice, Notifier } from '../../../main/base/ports.ts';
import { createNotifySendNotifier } from '../../../main/notify/notify-send.ts';
import { startChild } from '../../support/child.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { folderOfSuite, temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';
import { isRunning } from '../../support/processes.ts';
import { skipUnless } from '../../support/skip.ts';

const question: Notice = {
  id: 'a1',
  title: 'Claude wants to make a video',
  body: '“A cat in the rain”',
  answerable: true,
  sound: false,
};
const never = new AbortController().signal;

const notifiers: Notifier[] = [];
afterEach(async () => {
  await Promise.all(notifiers.splice(0).map((notifier) => notifier.close()));
});

function notifierOn(env: NodeJS.ProcessEnv, command?: string): Notifier {
  const notifier = createNotifySendNotifier({
    logger: silent,
    env: { ...process.env, ...env },
    ...(command === undefined ? {} : { command }),
  });
  notifiers.push(notifier);
  return notifier;
}

describe('notify-send and a real notification daemon', needsDesktop, () => {
  let desktop: Desktop;
  beforeAll(async () => {
    desktop = await startDesktop();
  });
  afterAll(() => desktop?.close());

  test.each([
    ['allow', 'allow'],
    ['deny', 'deny'],
    ['default', 'open'],
  ] as const)('pressing %s is answered with %s, and the notification is gone', async (action, response) => {
    const answer = notifierOn(desktop.env).show(question, never);
    await desktop.pressAction(action);
    expect(await answer).toBe(response);
    await desktop.waitForDisplayed(0);
  });

  test('a notification that the person closes is no answer', async () => {
    const notifier = notifierOn(desktop.env);
    const answer = notifier.show(question, never);
    await desktop.waitForDisplayed(1);
    await desktop.dismiss();
    expect(await answer).toBe('closed');
    expect(notifier.status()).toEqual({ kind: 'notify-send', working: true });
  });

  test('aborting takes the notification off the screen', async () => {
    const abort = new AbortController();
    const answer = notifierOn(desktop.env).show(question, abort.signal);
    await desktop.waitForDisplayed(1);
    abort.abort();
    expect(await answer).toBe('closed');
    await desktop.waitForDisplayed(0);
  });

  test('aborting at any moment while it is being shown leaves nothing behind', async () => {
    const notifier = notifierOn(desktop.env);
    await notifier.show(question, AbortSignal.abort());
    for (let delay = 0; delay < 12; delay++) {
      const abort = new AbortController();
      const answer = notifier.show(question, abort.signal);
      setTimeout(() => abort.abort(), delay);
      expect(await answer).toBe('closed');
    }
    await desktop.waitForDisplayed(0);
    expect(notifier.status().working).toBe(true);
  });

  test('several are shown at once and answered each for itself', async () => {
    const notifier = notifierOn(desktop.env);
    const cat = notifier.show({ ...question, title: 'Cat' }, never);
    const dog = notifier.show({ ...question, title: 'Dog' }, never);
    await desktop.waitForDisplayed(2);
    await desktop.pressAction('deny', 'Cat');
    await desktop.pressAction('allow', 'Dog');
    expect(await Promise.all([cat, dog])).toEqual(['deny', 'allow']);
  });

  // dunst gives notifications that read the same one id.
  test('two that read the same are told apart, and a press answers one of them', async () => {
    const notifier = notifierOn(desktop.env);
    const first = notifier.show(question, never);
    await desktop.waitForDisplayed(1);
    const second = notifier.show(question, never);
    await desktop.waitForDisplayed(2);
    await desktop.pressAction('allow', `${question.title} (2)`);
    expect(await second).toBe('allow');
    await desktop.waitForDisplayed(1);
    await desktop.pressAction('deny');
    expect(await first).toBe('deny');
  });

  test('a summary has no buttons', async () => {
    const abort = new AbortController();
    const answer = notifierOn(desktop.env).show({ ...question, answerable: false }, abort.signal);
    await desktop.waitForDisplayed(1);
    await desktop.pressAction('default');
    expect(await answer).toBe('open');
    const [latest] = (await desktop.notices()).slice(-1);
    expect(latest?.urgency).toBe('NORMAL');
  });

  test('text that looks like options, markup or escapes arrives as text', async () => {
    const title = '--help <i>&amp;';
    const body = '-u <b>bold</b> & \\074i\\076 \\n "quoted" $HOME `id`\nsecond line\u202E';
    const abort = new AbortController();
    const answer = notifierOn(desktop.env).show({ ...question, title, body }, abort.signal);
    await expect
      .poll(async () => (await desktop.notices()).slice(-1))
      .toEqual([
        {
          title,
          body: '-u &lt;b&gt;bold&lt;/b&gt; &amp; \\074i\\076 \\n "quoted" $HOME `id`\nsecond line[U+202E]',
          urgency: 'NORMAL',
        },
      ]);
    abort.abort();
    await answer;
  });

  test('closing takes every notification off the screen and answers what is open', async () => {
    const notifier = notifierOn(desktop.env);
    const answers = [notifier.show(question, never), notifier.show(question, never)];
    await desktop.waitForDisplayed(2);
    await notifier.close();
    expect(await Promise.all(answers)).toEqual(['closed', 'closed']);
    await desktop.waitForDisplayed(0);
    expect(await notifier.show(question, never)).toBe('closed');
  });

  test('more than fit are refused, and the rest stays', async () => {
    const notifier = notifierOn(desktop.env);
    const answers = Array.from({ length: 8 }, () => notifier.show(question, never));
    await desktop.waitForDisplayed(8);
    await expect(notifier.show(question, never)).rejects.toThrow('8 notifications are on the screen already');
    await notifier.close();
    await Promise.all(answers);
    await desktop.waitForDisplayed(0);
  });

  test('without a daemon it says what to do; once one runs, it works again', async () => {
    const notifier = notifierOn(desktop.env);
    await desktop.stopDaemon();
    try {
      await expect(notifier.show(question, never)).rejects.toThrow('No notification service is running');
      expect(notifier.status()).toEqual({
        kind: 'notify-send',
        working: false,
        message: expect.stringContaining('Start your desktop'),
      });
    } finally {
      await desktop.startDaemon();
    }
    const answer = notifier.show(question, never);
    await desktop.waitForDisplayed(1);
    await expect.poll(() => notifier.status()).toEqual({ kind: 'notify-send', working: true });
    await desktop.pressAction('allow');
    expect(await answer).toBe('allow');
  });

  // A new daemon counts its ids from the start again.
  test('a press after the daemon was restarted answers only what that daemon shows', async () => {
    const notifier = notifierOn(desktop.env);
    const abort = new AbortController();
    const lost = notifier.show({ ...question, title: 'Lost' }, abort.signal).catch(String);
    await desktop.waitForDisplayed(1);
    await desktop.stopDaemon();
    expect(await lost).toContain('The notification service ended');
    await desktop.startDaemon();
    const shown = notifier.show({ ...question, title: 'Shown' }, never);
    await desktop.pressAction('allow', 'Shown');
    expect(await shown).toBe('allow');
    abort.abort();
  });

  test('the end of a daemon is noticed however slowly its watch starts', async () => {
    const folder = temporaryFolder();
    const slow = '#!/bin/sh\nsleep 0.5; PATH="$TRUE_PATH" exec dbus-monitor "$@"\n';
    await writeFile(path.join(folder, 'dbus-monitor'), slow, { mode: 0o755 });
    const { PATH } = process.env;
    const notifier = notifierOn({ ...desktop.env, PATH: `${folder}:${PATH}`, TRUE_PATH: PATH });
    const lost = notifier.show({ ...question, title: 'Lost' }, never).catch(String);
    await desktop.waitForDisplayed(1);
    await desktop.stopDaemon();
    try {
      expect(await lost).toContain('The notification service ended');
    } finally {
      await desktop.startDaemon();
    }
  });

  test('a daemon that ends takes its notifications along: they are not counted as shown, until it is back', async () => {
    const notifier = notifierOn(desktop.env);
    const lost = ['One', 'Two'].map((title) => notifier.show({ ...question, title }, never).catch(String));
    await desktop.waitForDisplayed(2);
    await desktop.stopDaemon();
    for (const answer of lost) expect(await answer).toContain('The notification service ended');
    expect(notifier.status()).toEqual({
      kind: 'notify-send',
      working: false,
      message: expect.stringContaining('approvals wait in the window'),
    });
    await desktop.startDaemon();
    const answer = notifier.show(question, never);
    await desktop.waitForDisplayed(1);
    await expect.poll(() => notifier.status().working).toBe(true);
    await desktop.pressAction('allow');
    expect(await answer).toBe('allow');
  });

  test('what watches the daemon does not outlive a Greenlight that is killed', async () => {
    const watch = fileURLToPath(new URL('../../../main/notify/daemon-watch.ts', import.meta.url));
    const greenlight = startChild(
      process.execPath,
      ['-e', `import(${JSON.stringify(watch)}).then((watch) => watch.watchDaemon(process.env, () => {}))`],
      { ...process.env, ...desktop.env },
    );
    const monitors = () =>
      readdirSync('/proc').filter((pid) => {
        try {
          const [program] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
          const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
          return program === 'dbus-monitor' && environment.includes(desktop.env.DBUS_SESSION_BUS_ADDRESS);
        } catch {
          return false;
        }
      });
    await expect.poll(monitors).toHaveLength(1);
    greenlight.kill('SIGKILL');
    await expect.poll(monitors).toEqual([]);
  });

  test('without a session bus it says so', async () => {
    const notifier = notifierOn({ DISPLAY: '', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' });
    await expect(notifier.show(question, never)).rejects.toThrow('There is no desktop session');
    expect(notifier.status().working).toBe(false);
  });
});

describe('other programs than a current notify-send', () => {
  const folder = folderOfSuite();

  async function program(name: string, script: string): Promise<string> {
    const file = path.join(folder(), name);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  test('a missing one is reported before anything is shown, with what to install', async () => {
    const notifier = notifierOn({}, path.join(folder(), 'absent'));
    await expect.poll(() => notifier.status().working).toBe(false);
    expect(notifier.status().message).toMatch(/notify-send is missing.*libnotify-bin/);
    await expect(notifier.show(question, never)).rejects.toThrow('notify-send is missing');
  });

  test('one that is installed meanwhile is found', async () => {
    const command = path.join(folder(), 'later');
    const notifier = notifierOn({}, command);
    await expect(notifier.show(question, never)).rejects.toThrow('notify-send is missing');
    await program('later', 'case $1 in --version) echo notify-send 0.8.8;; *) echo deny;; esac');
    expect(await notifier.show(question, never)).toBe('deny');
    expect(notifier.status()).toEqual({ kind: 'notify-send', working: true });
  });

  test('an old one gets no buttons, and the question stays open until it is taken back', async () => {
    const log = path.join(folder(), 'old.log');
    const pidFile = path.join(folder(), 'old.pid');
    const command = await program(
      'old',
      `case $1 in --version) echo notify-send 0.7.9;; *) echo "$@" > ${log}; echo $$ > ${pidFile};; esac`,
    );
    const notifier = notifierOn({}, command);
    const abort = new AbortController();
    const answer = notifier.show(question, abort.signal);
    await expect.poll(() => readFile(pidFile, 'utf8')).toMatch(/^\d+\n$/);
    expect(await readFile(log, 'utf8')).toContain(question.title);
    expect(await readFile(log, 'utf8')).not.toMatch(/--action|--wait/);
    // Its program is over, and so is another that was started later: the answer would be here by now.
    const pid = Number(await readFile(pidFile, 'utf8'));
    await expect.poll(() => isRunning(pid)).toBe(false);
    await promisify(execFile)('true');
    expect(await Promise.race([answer, 'open'])).toBe('open');
    abort.abort();
    expect(await answer).toBe('closed');
  });

  // Perl, since shells and Node catch SIGINT from the start.
  test(
    'one that is slow to show is not interrupted before it can take its notification down',
    skipUnless(existsSync('/usr/bin/perl') && process.platform === 'linux', 'it needs Linux and Perl'),
    async () => {
      const log = path.join(folder(), 'slow.log');
      const script = path.join(folder(), 'slow.pl');
      await writeFile(
        script,
        `$| = 1; sub note { open(my $f, '>>', '${log}'); print $f "$_[0]\\n"; close($f); }
note('shown'); select(undef, undef, undef, 0.3);
$SIG{INT} = sub { note('taken down'); exit 0; };
sleep 1 while 1;`,
      );
      const command = await program(
        'slow',
        `case $1 in --version) echo notify-send 0.8.8;; *) exec /usr/bin/perl ${script};; esac`,
      );
      const abort = new AbortController();
      const answer = notifierOn({}, command).show(question, abort.signal);
      await expect.poll(() => readFile(log, 'utf8')).toBe('shown\n');
      abort.abort();
      expect(await answer).toBe('closed');
      expect(await readFile(log, 'utf8')).toBe('shown\ntaken down\n');
    },
  );

  test('one that hangs is killed when its notification is taken back', async () => {
    const pidFile = path.join(folder(), 'hanging.pid');
    const command = await program(
      'hanging',
      `case $1 in --version) echo notify-send 0.8.8;; *) trap '' INT; echo $$ > ${pidFile}; while :; do sleep 0.05; done;; esac`,
    );
    const notifier = notifierOn({}, command);
    const abort = new AbortController();
    const answer = notifier.show(question, abort.signal);
    await expect.poll(() => readFile(pidFile, 'utf8')).toMatch(/^\d+\n$/);
    const pid = Number(await readFile(pidFile, 'utf8'));
    abort.abort();
    expect(await answer).toBe('closed');
    expect(isRunning(pid)).toBe(false);
  });

  test('one that writes without end does not fill the memory', async () => {
    const command = await program(
      'noisy',
      'case $1 in --version) echo notify-send 0.8.8;; *) head -c 20000000 /dev/zero; echo; echo allow;; esac',
    );
    expect(await notifierOn({}, command).show(question, never)).toBe('closed');
  });
});
