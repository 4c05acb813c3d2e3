/** Recipes: switches on top of a policy, each a part of the document that is recognised again. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/json.ts';
import { needsChromium } from '../../support/window.ts';
import { type PoliciesPage, policiesPages } from './policies-page.ts';

const ASK = 'ask-before-every-video';

describe('recipes', needsChromium, () => {
  const open = policiesPages();
  const recipe = ({ page }: PoliciesPage, name: string) => page.getByRole('switch', { name });
  const field = ({ page }: PoliciesPage, name: string) =>
    page.getByRole('region', { name: 'Recipes' }).getByLabel(name, { exact: true });
  const document = async ({ file }: PoliciesPage, id = ASK) => JSON.parse(await file(id)) as JsonObject;

  it('webhooks to one host only are four clicks, typing apart', async () => {
    const policies = await open();
    const { page, window, save } = policies;
    await window.go('approvals');
    await page.evaluate('clicks = 0; addEventListener("click", () => clicks++, true)');
    await page.getByRole('link', { name: 'Policies' }).click();
    await page.getByRole('link', { name: 'Ask before every video' }).click();
    await field(policies, 'Webhook hosts').click();
    await page.keyboard.type('hooks.example.com');
    await save();
    expect(await page.evaluate('clicks')).toBe(4);
    expect(await document(policies)).toMatchObject({
      all_tools: {
        require: [{ path: 'args.callback_url', op: 'host_in', value: ['hooks.example.com'], absent: true }],
      },
    });
  });

  it('by the keyboard: the JSON follows, undo takes back, and off again is what it was', async () => {
    const policies = await open();
    const { page, openPolicy, json, button } = policies;
    await openPolicy('Ask before every video');
    const before = await json().innerText();
    await recipe(policies, 'Ask for long prompts').focus();
    await page.keyboard.press('Space');
    await json().getByText('"length_gte"').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('10000');
    await page.getByText('of 10,000 characters or more').waitFor();
    // A number on its way to another one is no number, and changes nothing.
    await field(policies, 'Characters').fill('many');
    await page.getByText('Enter a whole number from 1 to 9,999,999').waitFor();
    expect(await json().innerText()).toContain('10000');
    await recipe(policies, 'Ask for long prompts').press('Space');
    await expect.poll(() => json().innerText()).toBe(before);
    expect(await button('Save').isDisabled()).toBe(true);
    await json().focus();
    await page.keyboard.press('Control+z');
    await field(policies, 'Characters').waitFor();
    expect(await recipe(policies, 'Ask for long prompts').isChecked()).toBe(true);
  });

  it('all of them are saved, and recognised when the policy is opened again', async () => {
    const policies = await open();
    const { page, window, openPolicy, choose, row, save, backToList } = policies;
    await openPolicy("PolicyLayer's default");
    await field(policies, 'Daily budget ($)').fill('5');
    for (const name of ['No webhooks', 'Pictures only', 'Ask for long prompts', 'At most so many videos'])
      await recipe(policies, name).click();
    await field(policies, 'Picture hosts').fill('https://cdn.example.com/a.png');
    await page.getByText('write the host alone').waitFor();
    await field(policies, 'Picture hosts').fill('cdn.example.com *.example.org');
    await field(policies, 'Videos').fill('3');
    await field(policies, 'Counted for').selectOption('everyone together');
    // A tool of its own mind keeps what the recipe says of it.
    await choose('luma_extend_video', 'Ask');
    expect(await row('luma_extend_video').getByRole('radio', { name: 'Ask', exact: true }).isChecked()).toBe(
      true,
    );
    expect(await recipe(policies, 'At most so many videos').isChecked()).toBe(true);
    expect(await window.violations()).toEqual([]);
    await save();
    await backToList();
    await openPolicy("PolicyLayer's default");
    await expect
      .poll(() => field(policies, 'Picture hosts').inputValue())
      .toBe('cdn.example.com, *.example.org');
    expect(await field(policies, 'Daily budget ($)').inputValue()).toBe('5');
    expect(await field(policies, 'Webhook hosts').inputValue()).toBe('');
    expect(await field(policies, 'Characters').inputValue()).toBe('1000');
    expect(await field(policies, 'Videos').inputValue()).toBe('3');
    expect(await document(policies, 'policylayer-default')).toMatchObject({
      tools: {
        luma_generate_video: { limits: [{ window: 'minute' }, { counter: 'videos', max: 3, scope: 'all' }] },
      },
    });
  });

  it('working hours: days and times are chosen, and what would be none is refused with the reason', async () => {
    const policies = await open();
    const { page, window, openPolicy, save, backToList } = policies;
    await openPolicy('Ask before every video');
    await recipe(policies, 'Working hours').click();
    await page
      .getByText('A call at another time than Monday to Friday, 09:00 to 18:00, is denied.')
      .waitFor();
    await field(policies, 'Saturday').click();
    await field(policies, 'From').fill('08:30');
    await field(policies, 'To').fill('08:30');
    await field(policies, 'To').blur();
    await page.getByText('Choose an end that is not the beginning').waitFor();
    await field(policies, 'To').fill('16:00');
    await field(policies, 'To').blur();
    await field(policies, 'Other calls are').selectOption('asked for');
    await page.getByText('than Monday to Saturday, 08:30 to 16:00, is asked for').waitFor();
    expect(await window.violations()).toEqual([]);
    await save();
    const written = {
      path: 'time',
      op: 'not_during',
      value: { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '08:30', to: '16:00' },
    };
    expect(await document(policies)).toMatchObject({
      all_tools: { require_approval: { when: expect.arrayContaining([written]) } },
    });
    await backToList();
    await openPolicy('Ask before every video');
    expect(await recipe(policies, 'Working hours').isChecked()).toBe(true);
    for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'])
      await field(policies, day).click();
    await page.getByText('Choose at least one day').waitFor();
    expect(await field(policies, 'Saturday').isChecked()).toBe(true);
  });

  it('a recipe that was edited beyond recognition is custom, and shows its rules', async () => {
    const policies = await open();
    const { page, openPolicy, json, write } = policies;
    await openPolicy('Ask before every video');
    const edited = await document(policies);
    const tools = edited.tools as Record<string, JsonObject>;
    edited.tools = {
      ...tools,
      luma_generate_video: {
        require: [{ path: 'args.callback_url', op: 'starts_with', value: 'https://a' }],
      },
    };
    await write(JSON.stringify(edited, null, 2));
    await page.getByRole('button', { name: 'No webhooks, or only to these hosts: see the rules' }).click();
    await expect.poll(() => page.evaluate('getSelection().toString()')).toBe('{');
    expect(await recipe(policies, 'No webhooks').count()).toBe(0);
    expect(await json().innerText()).toContain('starts_with');
  });

  it('where no tool makes videos there is nothing to count; an amount that is being typed stays a budget', async () => {
    const policies = await open();
    const { page, openPolicy, backToList } = policies;
    await openPolicy('Block everything');
    await page.getByText('No tool that makes videos may be called').waitFor();
    expect(await recipe(policies, 'At most so many videos').isDisabled()).toBe(true);
    await backToList();
    await openPolicy('Autopilot on a budget');
    const budget = field(policies, 'Daily budget ($)');
    await budget.fill('');
    await budget.pressSequentially('7.50');
    // The counter goes on counting: it is the same limit.
    await policies.save();
    expect(await document(policies, 'autopilot-on-a-budget')).toMatchObject({
      all_tools: { limits: [{ counter: 'spend', max: 7.5 }] },
    });
  });
});
