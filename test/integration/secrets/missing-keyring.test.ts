import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { machineClock } from '../../../main/base/machine-clock.ts';
import { createGreenlight } from '../../../main/greenlight.ts';
import { openFileVault } from '../../../main/secrets/file-vault.ts';
import { openConfSettings } from '../../../main/settings/settings.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { absentNotifier } from '../../support/greenlight.ts';
import { createTestLogger } from '../../support/log.ts';
import { direct } from '../../support/network.ts';

test('a token that a missing keyring has is not lost: calls are blocked, with why, until that is there again', async () => {
  const dataDir = temporaryFolder();
  const file = join(dataDir, 'secrets.json');
  const start = async (insteadOfKeyring?: string) =>
    createGreenlight({
      dataDir,
      settings: await openConfSettings(dataDir),
      secrets: openFileVault(file, 'a file', insteadOfKeyring),
      notifier: absentNotifier,
      openWindow: () => {},
      clock: machineClock,
      logger: createTestLogger(),
      network: direct,
      port: 0,
    });
  const first = await start();
  await first.servers.useUpstream(
    'luma',
    { kind: 'http', url: 'http://127.0.0.1:9/mcp' },
    { token: 'hunter2' },
  );
  await first.stop();
  const kept = readFileSync(file, 'utf8');
  const { version, secrets } = JSON.parse(kept);
  const others = Object.fromEntries(
    Object.entries(secrets).filter(([name]) => !name.startsWith('upstream-token')),
  );

  writeFileSync(file, JSON.stringify({ version, secrets: others }));
  const without = await start('no keyring was found. Unlock one.');
  expect(without.guard.current()).toEqual({ mode: 'block' });
  expect(without.problems).toEqual([
    {
      id: 'secrets',
      message: expect.stringMatching(
        /^The keyring is missing or locked.*No keyring was found\. Unlock one\./,
      ),
    },
  ]);
  await without.stop();

  writeFileSync(file, kept);
  const again = await start();
  expect(again.guard.current()).toEqual({ mode: 'policy' });
  expect(again.problems).toEqual([]);
  await again.stop();
});
