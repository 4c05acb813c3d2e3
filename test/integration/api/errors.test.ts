/** What a window is told when a method fails: sentences meant for people as they are, nothing else. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Api, createApi } from '../../../main/api/api.ts';
import { connectOf } from '../../support/connect.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

let greenlight: TestGreenlight;
let api: Api;

beforeEach(async () => {
  greenlight = await startGreenlight();
  const { core } = greenlight;
  const connect = connectOf(core);
  api = createApi(core, 'browser', connect);
});

afterEach(() => greenlight.stop());

test('a sentence from far below the interface arrives as it is, with its code', async () => {
  // A folder where the file of secrets should be.
  rmSync(join(greenlight.dataDir, 'secrets.json'), { force: true });
  mkdirSync(join(greenlight.dataDir, 'secrets.json'));
  await expect(
    api.call('upstream.set', { kind: 'http', url: 'http://127.0.0.1:9/mcp', token: 'secret' }),
  ).rejects.toMatchObject({
    name: 'UserFacingError',
    code: 'unavailable',
    message: expect.stringContaining('secrets.json'),
  });
});

test('the words of any other error stay in the log', async () => {
  greenlight.core.database.sql.exec('DROP TABLE videos; CREATE TABLE videos (secret_name TEXT)');
  const failure = await api.call('videos.list', {}).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ name: 'UserFacingError', code: 'internal' });
  expect((failure as Error).message).toBe(
    'Greenlight met an error of its own; its log says more. Try again.',
  );
  expect(greenlight.logs.filter(({ message }) => message === 'a method failed')).toHaveLength(1);
});
