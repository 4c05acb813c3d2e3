/** Signing in to an upstream at a real authorization server, a process of its own, from the window and in a browser. */

import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { startChild } from '../../support/child.ts';
import { callForText } from '../../support/client.ts';
import { until } from '../../support/wait.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';

const SERVERS = fileURLToPath(new URL('../../servers/index.ts', import.meta.url));

describe('at a real authorization server', needsChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test('the person signs in, the token is renewed when it runs out, and signing out gives it back', async () => {
    const lines: string[] = [];
    const child = startChild(process.execPath, [SERVERS, 'oidc']);
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    await until(() => lines.length > 0);
    await using host = await startBrowserHost();
    const saved = await host.api('policies.save', {
      name: 'All',
      document: { version: '1', default: 'allow', tools: {} },
    });
    await host.api('settings.set', { welcomed: true, defaultPolicyId: 'id' in saved ? saved.id : undefined });
    await host.api('upstream.set', { kind: 'http', url: lines[0] ?? '' });
    await using window = await openWindow(browser, host);
    const { page } = window;
    await window.go('settings');
    await page.getByRole('button', { name: 'Sign in…' }).click();
    const opened = page.context().waitForEvent('page');
    await page.getByRole('dialog').getByRole('button', { name: 'Open it' }).click();
    const provider = await opened;
    await provider.getByPlaceholder('Enter any login').fill('ann');
    await provider.getByPlaceholder('and password').fill('anything');
    await provider.getByRole('button', { name: 'Sign-in' }).click();
    await provider.getByRole('button', { name: 'Continue' }).click();
    await provider.getByText('You are signed in.').waitFor();
    await page.getByText(/^Signed in at /).waitFor();

    const client = await host.client();
    const echo = () => callForText(client, 'echo', { text: 'ü' });
    // It lives for five seconds: calls go on, and it was renewed for them.
    await until(async () => {
      expect(await echo()).toBe('{"text":"ü"}');
      return lines.includes('granted: refresh_token');
    });
    expect(lines.slice(1)).toContain('granted: authorization_code');

    await page.getByRole('button', { name: 'Sign out…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in…' }).waitFor();
    await until(() => lines.includes('revoked'));
    await client.close();
  });
});
