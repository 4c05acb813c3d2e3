import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../../main/base/log.ts';
import { logFile } from '../../../main/desktop/log-file.ts';
import { followUpdates, lookForUpdate } from '../../../main/desktop/updates.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { createTestLogger } from '../../support/log.ts';
import { modeOf, POSIX } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';
import { allRan, until } from '../../support/wait.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryFolder();
});
describe('updates', () => {
  const updater = {
    logger: undefined as unknown,
    checks: 0,
    async checkForUpdatesAndNotify() {
      this.checks += 1;
    },
  };
  const logger = createTestLogger();

  test('are off, and their code is not even loaded, unless the build was configured for them', async () => {
    let loaded = 0;
    const load = async () => {
      loaded += 1;
      return updater;
    };
    expect(await lookForUpdate({ resources: directory, platform: 'linux', env: {}, logger, load })).toBe(
      'off',
    );
    expect(await lookForUpdate({ resources: undefined, platform: 'linux', env: {}, logger, load })).toBe(
      'off',
    );
    expect(loaded).toBe(0);
  });

  test('are looked for once where it was', async () => {
    writeFileSync(join(directory, 'app-update.yml'), 'provider: generic\nurl: https://example.com\n');
    expect(
      await lookForUpdate({
        resources: directory,
        platform: 'linux',
        env: {},
        logger,
        load: async () => updater,
      }),
    ).toBe('looked');
    expect(updater.checks).toBe(1);
  });

  test.each([
    ['', 'off'],
    ['publisherName:\n', 'off'],
    ['publisherName: ""\n', 'off'],
    ['publisherName: []\n', 'off'],
    ['publisherName: [CN=Greenlight, ""]\n', 'off'],
    ['publisherName: [{}]\n', 'off'],
    ['publisherName: CN=Greenlight\n', 'looked'],
    ['publisherName:\n  - CN=Greenlight\n', 'looked'],
    ['publisherName: [\n', 'failed'],
  ])('on Windows need a signature that can be checked: %j is %s', async (publisher, outcome) => {
    writeFileSync(
      join(directory, 'app-update.yml'),
      `provider: generic\nurl: https://example.com\n${publisher}`,
    );
    let loaded = 0;
    const load = async () => {
      loaded += 1;
      return updater;
    };
    expect(await lookForUpdate({ resources: directory, platform: 'win32', env: {}, logger, load })).toBe(
      outcome,
    );
    expect(loaded).toBe(outcome === 'looked' ? 1 : 0);
  });

  test('are looked for again each day, where they are on', async () => {
    const clock = createTestClock();
    const parts = { platform: 'linux', env: {}, logger, clock } as const;
    let looked = 0;
    const load = async () => ({
      logger: undefined,
      async checkForUpdatesAndNotify() {
        looked += 1;
      },
    });
    followUpdates({ ...parts, resources: undefined, load });
    await allRan();
    clock.advance(24 * 3_600_000);
    expect(looked).toBe(0);
    writeFileSync(join(directory, 'app-update.yml'), 'provider: generic\nurl: https://example.com\n');
    followUpdates({ ...parts, resources: directory, load });
    await until(() => looked === 1);
    await allRan();
    clock.advance(24 * 3_600_000 - 1);
    await allRan();
    expect(looked).toBe(1);
    clock.advance(1);
    await until(() => looked === 2);
  });

  test('that cannot be looked for stop nothing', async () => {
    writeFileSync(join(directory, 'app-update.yml'), 'provider: generic\nurl: https://example.com\n');
    const load = () => Promise.reject(new Error('offline'));
    expect(await lookForUpdate({ resources: directory, platform: 'linux', env: {}, logger, load })).toBe(
      'failed',
    );
  });
});

describe('the log file', () => {
  test('is the owner’s alone, grows over restarts, and is put aside when it is large', () => {
    const path = logFile(directory);
    createLogger(path).info({ n: 1 }, 'first');
    expect(modeOf(path)).toBe(0o600);
    createLogger(logFile(directory)).info({ n: 2 }, 'second');
    expect(
      readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).msg),
    ).toEqual(['first', 'second']);

    truncateSync(path, 6 * 1024 * 1024);
    createLogger(logFile(directory)).info({}, 'third');
    expect(readFileSync(path, 'utf8')).toContain('third');
    expect(statSync(path).size).toBeLessThan(1024);
    expect(statSync(join(directory, 'greenlight.old.log')).size).toBe(6 * 1024 * 1024);
  });

  test.each([
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
    ['a link to a file that is not there', (path: string) => symlinkSync(join(directory, 'elsewhere'), path)],
  ])(
    'is a new file where %s stands in its place, which is put aside',
    skipUnless(POSIX, 'Windows has no such pipes'),
    (_, make) => {
      make(join(directory, 'greenlight.log'));
      const path = logFile(directory);
      createLogger(path).info({}, 'first');
      expect(lstatSync(path).isFile()).toBe(true);
      expect(readFileSync(path, 'utf8')).toContain('first');
      expect(readdirSync(directory).toSorted()).toEqual(['greenlight.log', 'greenlight.old.log']);
    },
  );
});
