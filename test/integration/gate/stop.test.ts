import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { absentNotifier, startGreenlight } from '../../support/greenlight.ts';

it('a stop does every step, also when one fails', async () => {
  const dataDir = temporaryFolder();
  const first = await startGreenlight({
    dataDir,
    notifier: { ...absentNotifier, close: () => Promise.reject(new Error('The daemon is gone.')) },
  });
  await expect(first.stop()).resolves.toBeUndefined();
  expect(first.logs.filter(({ message }) => /could not be closed/.test(message))).toHaveLength(1);
  await expect(fetch(first.core.mcpUrl)).rejects.toThrow();
  expect(() => first.core.database.sql.prepare('SELECT 1')).toThrow();
  // The lock is let go of too.
  const second = await startGreenlight({ dataDir });
  await second.stop();
});
