import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { askForVideo, textOf } from '../../support/client.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { needsElectron, prepareHome, startElectron } from '../../support/electron/real.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { needsAll } from '../../support/skip.ts';

/** A signal in the midst of a question: what a logout, a closed terminal and Ctrl+C come to. */
describe('a signal, with a question on the screen', needsAll(needsElectron, needsDesktop), () => {
  let desktop: Desktop;
  let data: string;
  beforeAll(async () => {
    desktop = await startDesktop();
  });
  afterAll(() => desktop?.close());
  beforeEach(async () => {
    data = temporaryFolder();
    await prepareHome(data);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s answers the client, takes the notification off the screen and ends it with 0, asking nothing',
    async (signal) => {
      const host = await startElectron(data, { env: desktop.env });
      onTestFinished(() => host.close());
      const client = await host.client();
      onTestFinished(() => client.close());
      const answer = askForVideo(client);
      await desktop.waitForDisplayed(1);
      host.kill(signal);
      // As npm and a second Ctrl+C do.
      host.kill(signal);
      expect(textOf(await answer)).toMatch(/stop/i);
      expect(await host.ended).toEqual({ code: 0, signal: null });
      await desktop.waitForDisplayed(0);
    },
  );
});
