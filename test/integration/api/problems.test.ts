/** What is wrong comes and goes by event: nobody has to load the window anew to learn of it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';

test('a locked database is told to an open window, and its end too, without another call', async () => {
  await using host = await startBrowserHost();
  const window = await host.events();
  const client = await host.client();
  const other = new DatabaseSync(join(host.dataDir, 'greenlight.db'));
  try {
    other.exec('BEGIN IMMEDIATE');
    expect((await askForVideo(client)).isError).toBe(true);
    const { problems } = await window.next('state', (state) => state.problems.length > 0);
    expect(problems).toMatchObject([
      { id: 'storage', message: expect.stringContaining('Another program holds the database') },
    ]);
    const told = window.all.length;

    other.exec('ROLLBACK');
    await window.next('state', (state) => {
      const at = window.all.findIndex(({ data }) => data === state);
      return at >= told && state.problems.length === 0;
    });
    expect((await host.api('state.get')).problems).toEqual([]);
  } finally {
    other.close();
    window.close();
    await client.close();
  }
});
