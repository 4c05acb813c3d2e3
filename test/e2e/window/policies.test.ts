/** The Policies page in a real browser, against the real host: what is clicked, typed and restored is on disk. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { presets } from '../../../shared/policy/index.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, noChromium, type OpenWindow, openWindow } from '../../support/window.ts';

const fixture = (name: string) => new URL(`../../fixtures/policies/${name}`, import.meta.url);

describe.skipIf(noChromium)('the Policies page', () => {
  let browser: Browser;
  let host: BrowserHost;
  let window: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    await openPage();
  });
  afterEach(async () => {
    const problems = window?.problems;
    await window?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    // Among them what the Content-Security-Policy refuses.
    expect(problems).toEqual([]);
  });

  async function openPage(colorScheme: 'light' | 'dark' = 'light', width = 1100): Promise<void> {
    window = await openWindow(browser, host, { colorScheme, viewport: { width, height: 760 } });
    page = window.page;
    await window.go('policies');
    await page.getByRole('link', { name: 'Ask before every video' }).waitFor();
  }

  const file = (id: string) => readFile(join(host.dataDir, 'policies', `${id}.json`), 'utf8');
  const button = (name: string | RegExp, within: Page | Locator = page) =>
    within.getByRole('button', { name, exact: typeof name === 'string' });
  const tab = (name: string) => page.getByRole('tab', { name }).click();
  const json = () => page.locator('.cm-content');
  const row = (tool: string) =>
    page.locator('li').filter({
      has: page.getByRole('radiogroup', { name: `What happens to calls of ${tool}`, exact: true }),
    });
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

  it('a policy built by clicks and the same policy typed as JSON give the same file', async () => {
    await createFrom('Block everything', 'By clicks');
    await page.getByRole('textbox', { name: 'Description' }).fill('Built "by clicks".');
    await page
      .getByRole('radiogroup', { name: 'What happens to tools that are not listed' })
      .getByRole('radio', { name: 'Ask' })
      .click();
    await choose('luma_generate_video', 'Custom');
    const rule = row('luma_generate_video');
    await button('Add a condition: Deny if any of these holds', rule).click();
    await button('Add a condition: Allow only if all of these hold', rule).click();
    const required = rule.getByRole('group', { name: 'Allow only if all of these hold' });
    await required.getByLabel('Which argument').selectOption('prompt');
    await required.getByLabel('What about it').selectOption('has a length of at most');
    await required.getByRole('textbox', { name: 'Value' }).fill('500');
    await button('Add a limit', rule).click();
    await rule.getByRole('textbox', { name: 'Maximum' }).fill('20');
    await rule.getByLabel('What is counted').selectOption('in cost');
    await rule.getByLabel('Counted for').selectOption('for everyone together');
    await rule.getByRole('textbox', { name: 'Name of the counter' }).fill('spend');
    await rule.getByLabel('How long the question waits').selectOption('10 min');
    await row('luma_generate_video').getByRole('textbox', { name: 'Cost of one call' }).fill('0.4');
    await choose('luma_get_task', 'Allow');
    await choose('luma_extend_video', 'Deny');
    await choose('luma_list_actions', 'Hide');
    await save();

    const document: Json = {
      version: '1',
      description: 'Built "by clicks".',
      default: 'require_approval',
      hide: ['luma_list_actions'],
      costs: { luma_generate_video: 0.4 },
      tools: {
        luma_generate_video: {
          deny_if: [{ path: 'args.callback_url', op: 'exists', value: true }],
          require: [{ path: 'args.prompt', op: 'length_lte', value: 500 }],
          limits: [{ counter: 'spend', window: 'day', max: 20, scope: 'all', increment_from: 'cost' }],
          require_approval: { timeout: '10m' },
        },
        luma_get_task: {},
        luma_extend_video: { action: 'deny' },
      },
    };
    await backToList();
    await createFrom('Look but', 'By typing');
    await write(JSON.stringify(document));
    await save();

    expect(await file('by-clicks')).toBe(await file('by-typing'));
    expect(JSON.parse(await file('by-clicks'))).toEqual(document);
  });

  it('what is typed is what the builder shows, and what the builder cannot show stays', async () => {
    await openPolicy('Ask before every video');
    const strange = { path: 'args.prompt', op: 'eq', value: { deep: [1, { er: null }] } };
    const document = {
      version: '1',
      default: 'deny',
      tools: {
        other_tool: {},
        luma_generate_video: { limits: [], deny_if: [strange], rate_limit: '5/hour' },
      },
    };
    await write(JSON.stringify(document));
    await expect
      .poll(() =>
        row('luma_generate_video').getByRole('radio', { name: 'Custom' }).getAttribute('aria-checked'),
      )
      .toBe('true');
    await expect
      .poll(() => page.getByRole('region', { name: /^Not offered by the upstream/ }).innerText())
      .toContain('other_tool');
    await choose('luma_get_task', 'Ask');
    await save();
    expect(JSON.parse(await file('ask-before-every-video'))).toEqual({
      ...document,
      tools: { ...document.tools, luma_get_task: { require_approval: true } },
    });
  });

  it('an invalid policy cannot be saved, and says why and where', async () => {
    await openPolicy('Ask before every video');
    const before = await file('ask-before-every-video');
    await write('{\n  "version": "1",\n  "defualt": "deny",\n  "default": "deny",\n  "tools": {}\n}');
    const wrong = page.getByRole('region', { name: 'What is wrong' });
    await expect.poll(() => wrong.innerText()).toMatch(/\/defualt[\s\S]*did you mean "default"/);
    expect(await button('Save').getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Control+s');

    await page.getByRole('textbox', { name: 'Description' }).focus();
    await button(/defualt/, wrong).click();
    await expect.poll(() => page.locator('.cm-activeLine').innerText()).toContain('"defualt"');
    expect(await page.locator('.cm-lintRange-error').innerText()).toContain('"defualt"');
    expect(await page.evaluate('document.activeElement?.shadowRoot?.activeElement?.className')).toContain(
      'cm-content',
    );

    await write('{ "version": "1", ');
    await expect.poll(() => wrong.innerText()).toMatch(/line 1, column/);
    expect(await page.getByTestId('builder').innerText()).toContain('The JSON cannot be read as it is');
    expect(await button('Save').getAttribute('aria-disabled')).toBe('true');
    expect(await file('ask-before-every-video')).toBe(before);
  });

  it('an old version is restored, byte for byte, after a look at the difference', async () => {
    const before = await file('autopilot-on-a-budget');
    await openPolicy('Autopilot on a budget');
    await choose('luma_generate_video', 'Allow');
    await save();
    expect(await file('autopilot-on-a-budget')).not.toBe(before);
    await tab('Versions');
    await button(/^Version 1/).click();
    await page.getByRole('radio', { name: 'What restoring would change' }).click();
    const change = page.getByRole('region', { name: 'What restoring version 1 would change' });
    expect(await change.innerText()).toContain('"limits"');
    await button('Restore version 1').click();
    await button('Restore', page.getByRole('dialog')).click();
    await expect.poll(() => file('autopilot-on-a-budget')).toBe(before);
    await page.getByText('Version 3, used by').waitFor();
    expect(
      await row('luma_generate_video').getByRole('radio', { name: 'Custom' }).getAttribute('aria-checked'),
    ).toBe('true');
  });

  it('policies of PolicyLayer and of Intercept are imported, with what is different', async () => {
    const policyLayer = await readFile(fixture('policylayer-luma-generate-video-from-image.json'), 'utf8');
    await button('Import').click();
    let dialog = page.getByRole('dialog', { name: 'Import a policy' });
    await dialog.getByLabel('File to import').setInputFiles({
      name: 'from-policylayer.json',
      mimeType: 'application/json',
      buffer: Buffer.from(policyLayer),
    });
    await dialog.getByText('it is taken as it is').waitFor();
    await button('Import', dialog).click();
    await save();
    expect(JSON.parse(await file('from-policylayer'))).toEqual(JSON.parse(policyLayer));

    await backToList();
    await button('Import').click();
    dialog = page.getByRole('dialog', { name: 'Import a policy' });
    await dialog
      .getByLabel('Or paste it here')
      .fill(await readFile(fixture('intercept-github.yaml'), 'utf8'));
    await dialog.getByText('it is translated').waitFor();
    expect(await dialog.getByRole('list', { name: 'Notes of the translation' }).innerText()).toContain(
      'sliding window',
    );
    await dialog.getByLabel('Name', { exact: true }).fill('From Intercept');
    await button('Import', dialog).click();
    await save();
    expect(JSON.parse(await file('from-intercept'))).toMatchObject({
      default: 'allow',
      tools: { delete_repository: { action: 'deny' } },
    });
  });

  it('a policy with mistakes is imported only to be mended', async () => {
    await button('Import').click();
    const dialog = page.getByRole('dialog', { name: 'Import a policy' });
    await dialog.getByLabel('Or paste it here').fill('{"version": "1", "default": "maybe", "tools": {}}');
    await button('Open to mend', dialog).click();
    await page.getByRole('region', { name: 'What is wrong' }).waitFor();
    expect(await button('Save').getAttribute('aria-disabled')).toBe('true');
    await page
      .getByRole('radiogroup', { name: 'What happens to tools that are not listed' })
      .getByRole('radio', { name: 'Allow' })
      .click();
    await save();
    expect(JSON.parse(await file('imported-policy')).default).toBe('allow');
  });

  it('a call is tried against what is not saved, in the window itself', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await openPolicy('Autopilot on a budget');
    await tab('Try a call');
    const verdict = page.getByRole('region', { name: 'What the policy says' });
    await expect
      .poll(() => verdict.innerText())
      .toMatch(/Allowed[\s\S]*costs \$0\.40[\s\S]*spend[\s\S]*this call counts 0\.4/);
    await page.getByRole('textbox', { name: 'prompt' }).fill('a'.repeat(1000));
    await expect.poll(() => verdict.innerText()).toMatch(/You are asked[\s\S]*waits 5 min/);
    await button('/tools/luma_generate_video/require_approval', verdict).click();
    await expect.poll(() => page.locator('.cm-activeLine').innerText()).toContain('"require_approval"');

    await tab('Try a call');
    await choose('luma_generate_video', 'Deny');
    await expect.poll(() => verdict.innerText()).toMatch(/Denied[\s\S]*\/tools\/luma_generate_video\/action/);
    await choose('luma_generate_video', 'Hide');
    await expect.poll(() => verdict.innerText()).toContain('Hidden');
    expect(asked.filter((url) => url.includes('simulate') || url.includes('validate'))).toEqual([]);
  });

  it('unsaved changes outlive the page and the window, and are asked about before they are lost', async () => {
    await openPolicy('Ask before every video');
    await choose('luma_get_task', 'Deny');
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Policies' }).click();
    await page.getByText('Unsaved changes').waitFor();
    await openPolicy('Ask before every video');
    expect(await row('luma_get_task').getByRole('radio', { name: 'Deny' }).getAttribute('aria-checked')).toBe(
      'true',
    );
    await button('Discard').click();
    await button('Discard', page.getByRole('dialog')).click();
    await expect
      .poll(() => row('luma_get_task').getByRole('radio', { name: 'Custom' }).getAttribute('aria-checked'))
      .toBe('true');
    expect(await json().innerText()).not.toContain('"action"');
  });

  it('a change on disk meanwhile is told, and theirs or mine is a choice', async () => {
    await openPolicy('Block everything');
    const path = join(host.dataDir, 'policies', 'block-everything.json');
    // Without changes of one's own, the page simply follows.
    await writeFile(
      path,
      JSON.stringify({ version: '1', description: 'By hand.', default: 'deny', tools: {} }),
    );
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Description' }).inputValue(), { timeout: 15_000 })
      .toBe('By hand.');

    await page.getByRole('textbox', { name: 'Description' }).fill('Mine.');
    await writeFile(
      path,
      JSON.stringify({ version: '1', description: 'Theirs.', default: 'deny', tools: {} }),
    );
    await page.getByText('version 3 is in force, and you began with version 2').waitFor();
    expect(await button('Save').getAttribute('aria-disabled')).toBe('true');
    await button('Compare').click();
    const dialog = page.getByRole('dialog');
    await expect.poll(() => dialog.innerText()).toMatch(/Theirs\.[\s\S]*Mine\./);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await window.violations(), colorScheme).toEqual([]);
    }
    await button('Keep mine', dialog).click();
    await save();
    expect(JSON.parse(await file('block-everything')).description).toBe('Mine.');
    expect((await host.api('policies.history', { id: 'block-everything' })).versions).toHaveLength(4);
  });

  it('a policy is renamed, duplicated, made the default, exported and deleted', async () => {
    const more = async (name: string, item: string | RegExp) => {
      await button(`More about ${name}`).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await more('Block everything', 'Rename');
    const rename = page.getByRole('dialog', { name: 'Rename the policy' });
    await rename.getByRole('textbox', { name: 'Name' }).fill('Nothing at all');
    await button('Rename', rename).click();
    await page.getByRole('link', { name: 'Nothing at all' }).waitFor();

    await more('Nothing at all', 'Make it the default');
    await expect.poll(async () => (await host.api('state.get')).defaultPolicyId).toBe('block-everything');
    await more('Nothing at all', 'Delete');
    expect(await page.getByRole('dialog').innerText()).toContain('It is the default policy');
    await button('Close', page.getByRole('dialog').locator('footer')).click();

    const download = page.waitForEvent('download');
    await more("PolicyLayer's default", 'Export');
    const exported = await download;
    expect(exported.suggestedFilename()).toBe('policylayer-s-default.json');
    expect(await readFile(await exported.path(), 'utf8')).toBe(await file('policylayer-default'));

    await more("PolicyLayer's default", 'Duplicate');
    await json().waitFor();
    await save();
    expect(await file('policylayer-s-default-copy')).toBe(await file('policylayer-default'));
    await backToList();
    await more("PolicyLayer's default (copy)", 'Delete');
    await button('Delete', page.getByRole('dialog')).click();
    await expect
      .poll(() => existsSync(join(host.dataDir, 'policies', 'policylayer-s-default-copy.json')))
      .toBe(false);
  });

  it('a mistake in the file on disk is told, with the version that stays in force', async () => {
    await writeFile(
      join(host.dataDir, 'policies', 'look-but-dont-spend.json'),
      '{"version": "1", "tools": {}}',
    );
    await page.getByText(/Its file has a mistake; version 1 stays in force/).waitFor();
    await openPolicy("Look but don't spend");
    await page.getByText(/file on disk has a mistake/).waitFor();
    expect(presets.map(({ name }) => name)).toContain("Look but don't spend");
  });

  it('by keyboard alone: a policy is made, changed and saved, and the editor can be left', async () => {
    const focus = (locator: Locator) => reach(page, locator);
    await focus(button('New policy'));
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await focus(page.getByRole('dialog').getByRole('textbox', { name: 'Name' }));
    await page.keyboard.press('Control+a');
    await page.keyboard.type('By keyboard');
    await focus(button('Create', page.getByRole('dialog')));
    await page.keyboard.press('Enter');
    await json().waitFor();

    await focus(row('luma_get_task').getByRole('radio', { name: 'Custom' }));
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Space');
    await expect
      .poll(() => row('luma_get_task').getByRole('radio', { name: 'Deny' }).getAttribute('aria-checked'))
      .toBe('true');

    await focus(json());
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.locator('.cm-content:focus').count()).toBe(0);
    await page.keyboard.press('Control+s');
    await page.getByText('Saved. Version 1').waitFor();
    const saved = JSON.parse(await file('by-keyboard'));
    expect(saved.tools.luma_get_task.action).toBe('deny');
    expect(saved.description).toBe('Reading tools only.');
  });

  it('the editor suggests what may stand at a place', async () => {
    await openPolicy('Block everything');
    await write('{\n  "version": "1",\n  "default": "deny",\n  "tools": {}\n}');
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('End');
    await page.keyboard.type('\n"all');
    const list = page.locator('.cm-tooltip-autocomplete');
    await list.getByText('all_tools').waitFor();
    await list.getByText('all_tools').click();
    await expect.poll(() => json().innerText()).toContain('"all_tools": {}');
  });

  describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
    beforeEach(async () => {
      await window[Symbol.asyncDispose]();
      await openPage(scheme);
    });

    it('the list and its dialogs have no violation of accessibility rules', async () => {
      await accessible('the list');
      await button('New policy').click();
      await accessible('the dialog of a new policy');
      await page.keyboard.press('Escape');
      await button('Import').click();
      await page
        .getByLabel('Or paste it here')
        .fill(await readFile(fixture('intercept-github.yaml'), 'utf8'));
      await accessible('the dialog of an import');
      await page.keyboard.press('Escape');
      await button('More about Block everything').click();
      await page.getByRole('menuitem', { name: 'Rename' }).click();
      await accessible('the dialog of a rename');
      await page.keyboard.press('Escape');
      await button('More about Block everything').click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await accessible('the question before a deletion');
    });

    it('the editor and its dialogs have no violation of accessibility rules', async () => {
      await openPolicy('Autopilot on a budget');
      await row('luma_generate_video_from_image').getByRole('button').first().click();
      await choose('luma_get_task', 'Deny');
      await choose('luma_list_actions', 'Hide');
      await accessible('the editor, with a rule opened');
      await tab('Try a call');
      await accessible('trying a call');
      await button('Save').click();
      await page.getByText('Saved. Version').waitFor();
      await tab('Versions');
      await button(/^Version 1/).click();
      await accessible('the versions');
      await button('Restore version 1').click();
      await accessible('the question before a restoration');
      await page.keyboard.press('Escape');
      await tab('JSON');
      await write('{"version": "1"}');
      await page.getByRole('region', { name: 'What is wrong' }).waitFor();
      await page.locator('.cm-lintRange-error').waitFor();
      await accessible('the editor, with mistakes');
      await button('Discard').click();
      await accessible('the question before changes are lost');
    });

    async function accessible(what: string): Promise<void> {
      // What fades in has its colours only at the end.
      const still = "document.getAnimations().every((each) => each.playState !== 'running')";
      await expect.poll(() => page.evaluate(still)).toBe(true);
      expect(await window.violations(), what).toEqual([]);
    }
  });

  it('has room for everything in a narrow window', async () => {
    await window[Symbol.asyncDispose]();
    await openPage('light', 480);
    await page.getByRole('link', { name: 'Ask before every video' }).click();
    await page.getByRole('tab', { name: 'Builder' }).waitFor();
    await choose('luma_get_task', 'Allow');
    const main = 'document.getElementById("main")';
    const [needed, there] = await page.evaluate<[number, number]>(
      `[${main}.scrollWidth, ${main}.clientWidth]`,
    );
    expect(needed).toBeLessThanOrEqual(there);
    await tab('JSON');
    await json().waitFor();
    await json().click();
    await page.keyboard.press('Control+End');
    await expect.poll(() => json().innerText()).toContain('"luma_get_task": {}');
  });
});

/** Presses Tab until `target` has the focus. */
async function reach(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    if ((await target.count()) === 1 && (await isFocused(target))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${target}.`);
}

/** Whether `target` has the focus, also inside a shadow root. */
function isFocused(target: Locator): Promise<boolean> {
  return target.evaluate((element) =>
    (element as unknown as { matches(it: string): boolean }).matches(':focus'),
  );
}
