/** What the tests of the Policies page share: its window, and the hands of the person who uses it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, type OpenWindow, openWindow } from '../../support/window.ts';

/** The open page, its host, and what a test does there again and again. */
export type PoliciesPage = Awaited<ReturnType<typeof openPolicies>>;

export interface Look {
  colorScheme?: 'light' | 'dark';
  /** CSS pixels. */
  width?: number;
}

/**
 * For a suite: returns what opens the page, for the test that calls it alone, with a host of its own. After
 * each test nothing may have gone wrong in the window.
 */
export function policiesPages(): (look?: Look) => Promise<PoliciesPage> {
  let browser: Browser;
  let host: BrowserHost | undefined;
  let window: OpenWindow | undefined;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    const problems = window?.problems ?? [];
    await window?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    window = undefined;
    host = undefined;
    // Among them what the Content-Security-Policy refuses.
    expect(problems).toEqual([]);
  });

  return async ({ colorScheme = 'light', width = 1100 } = {}) => {
    host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    window = await openWindow(browser, host, { colorScheme, viewport: { width, height: 760 } });
    return openPolicies(host, window);
  };
}

/** A file of `test/fixtures/policies`. */
export function fixture(name: string): Promise<string> {
  return readFile(new URL(`../../fixtures/policies/${name}`, import.meta.url), 'utf8');
}

async function openPolicies(host: BrowserHost, window: OpenWindow) {
  const { page } = window;
  await window.go('policies');
  await page.getByRole('link', { name: 'Ask before every video' }).waitFor();

  /** Where the file of a policy is. */
  const path = (id: string) => join(host.dataDir, 'policies', `${id}.json`);
  const file = (id: string) => readFile(path(id), 'utf8');
  const button = (name: string | RegExp, within: Page | Locator = page) =>
    within.getByRole('button', { name, exact: typeof name === 'string' });
  const tab = (name: string) => page.getByRole('tab', { name }).click();
  const json = () => page.locator('.cm-content');
  const row = (tool: string) => page.locator('li').filter({ has: page.locator(`[data-tool="${tool}"]`) });
  const choose = (tool: string, choice: string) =>
    row(tool).getByRole('radio', { name: choice, exact: true }).click();

  async function openPolicy(name: string): Promise<void> {
    await page.getByRole('link', { name, exact: true }).click();
    await json().waitFor();
  }

  async function createFrom(preset: string, name: string): Promise<void> {
    await button('New policy').click();
    const dialog = page.getByRole('dialog', { name: 'New policy' });
    await dialog.getByRole('radio', { name: new RegExp(`^${preset}`) }).check();
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
    await button('Create', dialog).click();
    await json().waitFor();
  }

  /** Replaces the text in the editor as a person who pastes does. */
  async function write(text: string): Promise<void> {
    await json().click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(text);
  }

  async function save(): Promise<void> {
    await button('Save').click();
    await page.getByText('Saved. Version').waitFor();
  }

  async function backToList(): Promise<void> {
    await page.getByRole('link', { name: 'All policies' }).click();
    await page.getByRole('heading', { name: 'Policies' }).waitFor();
  }

  return {
    host,
    window,
    page,
    path,
    file,
    button,
    tab,
    json,
    row,
    choose,
    openPolicy,
    createFrom,
    write,
    save,
    backToList,
  };
}
