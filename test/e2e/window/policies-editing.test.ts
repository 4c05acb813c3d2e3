/** The builder and the JSON of a policy are one document both ways: what is clicked and typed is on disk. */
import type { Locator, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { needsChromium } from '../../support/window.ts';
import { policiesPages } from './policies-page.ts';

describe('editing a policy', needsChromium, () => {
  const open = policiesPages();

  it('a policy built by clicks and the same policy typed as JSON give the same file', async () => {
    const { page, file, button, row, choose, createFrom, write, save, backToList } = await open();
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

  it('the arrow keys go from the name of one tool to the next, past all that stands between', async () => {
    const { page, openPolicy } = await open();
    await openPolicy('Ask before every video');
    const names = await page
      .locator('[data-tool]')
      .evaluateAll((all) => all.map((tool) => tool.getAttribute('data-tool') ?? ''));
    expect(names.length).toBeGreaterThan(5);
    const at = () => page.evaluate('document.activeElement?.dataset.tool');
    await page.locator('[data-tool]').first().focus();
    for (const [key, name] of [
      ['ArrowDown', names[1]],
      ['ArrowDown', names[2]],
      ['ArrowUp', names[1]],
      ['End', names.at(-1)],
      ['ArrowDown', names.at(-1)],
      ['Home', names[0]],
    ] as const) {
      await page.keyboard.press(key);
      expect(await at()).toBe(name);
    }
  });

  it('what a call costs stands under its heading, in a window of 1280', async () => {
    const { page, openPolicy } = await open({ width: 1280 });
    await openPolicy('Ask before every video');
    const right = async (of: Locator) => {
      const box = await of.boundingBox();
      return (box?.x ?? 0) + (box?.width ?? 0);
    };
    const heading = await right(page.getByText(/^Cost \(/).first());
    const field = await right(
      page.getByLabel('Cost of one call of Make a video (luma_generate_video)', { exact: true }),
    );
    expect(Math.abs(heading - field)).toBeLessThan(24);
    const beyond = await page
      .getByRole('tablist')
      .evaluate((list) => [list.scrollHeight, list.clientHeight] as const);
    expect(beyond[0]).toBe(beyond[1]);
  });

  it('limits that count different things have counters of their own; what cannot be counted is not offered', async () => {
    const { page, file, button, row, choose, createFrom, write, save } = await open();
    await createFrom('Block everything', 'Two limits');
    await choose('luma_generate_video', 'Custom');
    const rule = row('luma_generate_video');
    const limits = rule.getByRole('group', { name: 'Limits' });
    await button('Add a limit', limits).click();
    await button('Add a limit', limits).click();
    const counted = limits.getByLabel('What is counted');
    expect(await counted.first().locator('option').allInnerTexts()).toEqual([
      'calls',
      'in cost',
      'points, each call counting',
      'by timeout',
    ]);
    await counted.nth(1).selectOption('in cost');
    await rule.getByRole('radio', { name: 'Never' }).click();
    await save();
    const { tools } = JSON.parse(await file('two-limits'));
    expect(tools.luma_generate_video.limits).toEqual([
      { counter: 'luma_generate_video', window: 'day', max: 20, scope: 'grant' },
      { counter: 'luma_generate_video 2', window: 'day', max: 20, scope: 'all', increment_from: 'cost' },
    ]);

    // Typed under one name they cannot be saved, and both the text and the builder say where.
    const [calls, cost] = tools.luma_generate_video.limits;
    const shared = { counter: 'spend', scope: 'all' };
    const both = {
      limits: [
        { ...calls, ...shared },
        { ...cost, ...shared },
      ],
    };
    await write(JSON.stringify({ version: '1', default: 'deny', tools: { luma_generate_video: both } }));
    const wrong = page.getByRole('region', { name: 'What is wrong' });
    await expect.poll(() => wrong.innerText()).toMatch(/limits\/1\/counter[\s\S]*a counter of its own/);
    await rule.getByRole('button', { expanded: false }).first().click();
    await rule.getByRole('alert').filter({ hasText: 'cannot add the two' }).waitFor();
    expect(await button('Save').getAttribute('aria-disabled')).toBe('true');
    // One that is changed to count something else gets a name of its own.
    await counted.nth(1).selectOption('points, each call counting');
    await wrong.waitFor({ state: 'detached' });
    expect(await limits.getByRole('textbox', { name: 'Name of the counter' }).nth(1).inputValue()).toBe(
      'spend 2',
    );
  });

  it('what is typed is what the builder shows, and what the builder cannot show stays', async () => {
    const { page, file, row, choose, openPolicy, write, save } = await open();
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
    const { page, file, button, openPolicy, write } = await open();
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

  it('the editor suggests what may stand at a place', async () => {
    const { page, json, openPolicy, write } = await open();
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

  it('by keyboard alone: a policy is made, changed and saved, and the editor can be left', async () => {
    const { page, file, button, json, row } = await open();
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

    const tools = page.locator('[data-tool]');
    await focus(tools.first());
    for (let at = 0; (await tools.nth(at).getAttribute('data-tool')) !== 'luma_get_task'; at += 1)
      await page.keyboard.press('ArrowDown');
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

  it('has room for everything in a narrow window', async () => {
    const { page, tab, json, choose } = await open({ width: 480 });
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

  it('has few places where Tab stops: one tool of the list, from which the arrow keys lead to the others', async () => {
    const { page, openPolicy, row } = await open();
    await openPolicy('Autopilot on a budget');
    const tools = await page.locator('[data-tool]').count();
    expect(tools).toBeGreaterThan(7);
    const at = () =>
      page.evaluate<{ name: string; tool: string | null; tab: boolean }>(`(() => {
        const at = document.activeElement;
        const name = at.getAttribute('aria-label') ?? at.textContent;
        return { name, tool: at.closest('li')?.querySelector('[data-tool]')?.dataset.tool ?? null, tab: at.matches('[role=tab]') };
      })()`);
    /** What Tab stops at from the top of the page to the tabs beside the builder. */
    const stops = async () => {
      await page.locator('#main').focus();
      const found: Awaited<ReturnType<typeof at>>[] = [];
      for (let count = 0; count < 120; count += 1) {
        await page.keyboard.press('Tab');
        const here = await at();
        if (here.tab) return found;
        found.push(here);
      }
      throw new Error('The tabs are never reached.');
    };
    const before = await stops();
    const [first] = before.flatMap(({ tool }) => tool ?? []);
    // The name of one tool, what happens to its calls, and what they cost.
    expect(before.filter(({ tool }) => tool !== null).map(({ tool }) => tool)).toEqual([first, first, first]);
    // With three for each tool there were some seventy.
    expect(before.length).toBeLessThan(50);

    await page.locator(`[data-tool="${first}"]`).focus();
    await page.keyboard.press('ArrowDown');
    const { tool: second } = await at();
    expect(second).not.toBe(first);
    await page.keyboard.press('Enter');
    await row(second ?? '')
      .getByText('Allow only if all of these hold')
      .waitFor();
    const after = await stops();
    const ofTools = after.flatMap(({ tool }) => tool ?? []);
    // Now at the other one, and after it at what its rule says.
    expect(new Set(ofTools)).toEqual(new Set([second]));
    expect(ofTools.length).toBeGreaterThan(5);
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
