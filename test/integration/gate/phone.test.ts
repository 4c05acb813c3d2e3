/** An answer from the phone, through the whole of Greenlight: what runs, and what the log says. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { press, startNtfy } from '../../servers/ntfy.ts';
import { askForVideo } from '../../support/client.ts';
import { absentNotifier, askAll, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { until } from '../../support/wait.ts';

describe('the phone answers', () => {
  let ntfy: Awaited<ReturnType<typeof startNtfy>>;
  let greenlight: TestGreenlight;

  async function start(keyring: boolean): Promise<void> {
    greenlight = await startGreenlight({
      keyring,
      policy: askAll(),
      settings: { phone: { enabled: true, server: ntfy.url, sends: 'everything', answers: 'all' } },
    });
  }
  beforeEach(async () => {
    ntfy = await startNtfy();
  });
  afterEach(async () => {
    await greenlight.stop();
    await ntfy.close();
  });

  it.each([
    ['Allow', 'allowed'],
    ['Deny', 'denied'],
  ])('%s: the call is %s, and the log says how', async (label, outcome) => {
    await start(true);
    const client = await greenlight.connect();
    const response = askForVideo(client, 'A cat in the rain');
    await until(() => ntfy.taken.length === 1);
    await press(ntfy.taken[0], label);
    const { isError = false } = await response;
    expect(isError).toBe(label === 'Deny');
    const written = greenlight.core.database.sql
      .prepare('SELECT outcome, decided_by, answered_by, forwarded FROM activity')
      .all();
    expect(written).toEqual([
      { outcome, decided_by: 'person', answered_by: 'phone', forwarded: label === 'Allow' ? 1 : 0 },
    ]);
    await until(() => ntfy.taken.length === 2);
    expect(ntfy.taken[1]?.title).toBe(
      `${label === 'Allow' ? 'Allowed' : 'Denied'}: Test client wants to make a video`,
    );
    expect(await greenlight.core.activity.verify()).toMatchObject({ valid: true });
  });

  it('by a ticket too: the log says so of the call that was told to call again', async () => {
    await start(true);
    greenlight.core.settings.set({ ...greenlight.core.settings.get(), holdSeconds: 0 });
    const client = await greenlight.connect();
    await askForVideo(client, 'A cat in the rain');
    await until(() => ntfy.taken.length === 1);
    await press(ntfy.taken[0], 'Allow');
    await until(() => greenlight.core.approvals.tickets().length === 1);
    expect((await askForVideo(client, 'A cat in the rain')).isError).not.toBe(true);
    const written = greenlight.core.database.sql
      .prepare('SELECT outcome, answered_by, forwarded FROM activity ORDER BY seq')
      .all();
    expect(written).toEqual([
      { outcome: 'allowed', answered_by: 'phone', forwarded: 0 },
      { outcome: 'allowed', answered_by: null, forwarded: 1 },
    ]);
    expect(await greenlight.core.activity.verify()).toMatchObject({ valid: true });
  });

  it('a notification answers: the log says so', async () => {
    greenlight = await startGreenlight({
      policy: askAll(),
      notifier: { ...absentNotifier, show: async () => 'deny' },
    });
    const client = await greenlight.connect();
    expect((await askForVideo(client)).isError).toBe(true);
    const written = greenlight.core.database.sql.prepare('SELECT answered_by FROM activity').all();
    expect(written).toEqual([{ answered_by: 'notification' }]);
  });

  it('nothing runs by it that is blocked meanwhile, and no other answer counts after it', async () => {
    await start(true);
    const client = await greenlight.connect();
    const response = askForVideo(client, 'A cat in the rain');
    await until(() => ntfy.taken.length === 1);
    greenlight.core.guard.set({ mode: 'block' });
    await press(ntfy.taken[0], 'Allow');
    expect((await response).isError).toBe(true);
    await until(() => ntfy.taken.length === 2);
    await press(ntfy.taken[0], 'Allow');
    await greenlight.core.phone.close();
    expect(greenlight.core.approvals.tickets()).toEqual([]);
    const ran = greenlight.core.database.sql.prepare('SELECT sum(forwarded) AS calls FROM activity').get();
    expect(ran).toEqual({ calls: 0 });
  });

  it('cannot allow where the topic lies in a file, and can deny', async () => {
    await start(false);
    const client = await greenlight.connect();
    const response = askForVideo(client, 'A cat in the rain');
    await until(() => ntfy.taken.length === 1);
    expect(ntfy.taken[0]?.actions?.map(({ label }) => label)).toEqual(['Deny']);
    await press(ntfy.taken[0], 'Deny');
    expect((await response).isError).toBe(true);
  });
});
