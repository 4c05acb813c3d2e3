import { afterEach, expect, test } from 'vitest';
import { withoutSignalHandlers } from '../../../main/settings/without-signal-handlers.ts';

const before = process.rawListeners('SIGHUP');
afterEach(() => {
  for (const listener of process.rawListeners('SIGHUP')) {
    if (!before.includes(listener)) process.removeListener('SIGHUP', listener as () => void);
  }
});

const own = () => {};
const foreign = () => {};

test('what is loaded comes without its signal handlers, whichever way they were set', async () => {
  const loaded = await withoutSignalHandlers(async () => {
    process.on('SIGHUP', foreign);
    process.once('SIGHUP', foreign);
    process.once('SIGUSR2', foreign);
    return 'loaded';
  });
  expect(loaded).toBe('loaded');
  expect(process.listeners('SIGHUP')).not.toContain(foreign);
  expect(process.listeners('SIGUSR2')).not.toContain(foreign);
});

test('handlers from before stay, even when the same function is set again', async () => {
  process.once('SIGHUP', own);
  await withoutSignalHandlers(async () => process.once('SIGHUP', own));
  expect(process.listeners('SIGHUP').filter((listener) => listener === own)).toHaveLength(1);
});

test('a load that fails says why, and leaves nothing behind', async () => {
  const loading = withoutSignalHandlers(async () => {
    process.on('SIGHUP', foreign);
    throw new Error('not to be had');
  });
  await expect(loading).rejects.toThrow('not to be had');
  expect(process.listeners('SIGHUP')).not.toContain(foreign);
});
