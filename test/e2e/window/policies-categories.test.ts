/** Rules by what a tool does, and hours, as the builder has them. */
import { describe, expect, it } from 'vitest';
import { needsChromium } from '../../support/window.ts';
import { policiesPages } from './policies-page.ts';

describe('a policy that goes by categories', needsChromium, () => {
  const open = policiesPages();

  it('shows and changes the rule of each, and hours with days and times', async () => {
    const { page, file, button, createFrom, write, save } = await open();
    await createFrom('Block everything', 'By kind');
    const hours = { days: ['mon', 'fri'], from: '09:00', to: '18:00' };
    await write(
      JSON.stringify({
        version: '1',
        default: 'require_approval',
        costs: { luma_generate_video: { cost_from: 'usage.usd' } },
        all_tools: {
          require: [
            { path: 'time', op: 'during', value: hours },
            { path: 'time', op: 'not_during', value: hours },
          ],
        },
        categories: { read: {} },
        tools: {},
      }),
    );
    const spends = page.getByRole('radiogroup', { name: 'What happens to tools of the kind “Spends”' });
    await spends.getByRole('radio', { name: 'Deny' }).click();
    await page
      .getByRole('radiogroup', { name: 'What happens to tools of the kind “Changes”' })
      .getByRole('radio', { name: 'Custom' })
      .click();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Changes' })
      .getByRole('button', { name: 'Add a limit' })
      .click();
    const required = page.getByRole('group', { name: 'Allow only if all of these hold' }).last();
    await required.getByRole('checkbox', { name: 'Friday' }).first().uncheck();
    await button('Remove the condition', required).last().click();
    await save();
    expect(JSON.parse(await file('by-kind'))).toMatchObject({
      costs: { luma_generate_video: { cost_from: 'usage.usd' } },
      all_tools: { require: [{ path: 'time', op: 'during', value: { ...hours, days: ['mon'] } }] },
      categories: {
        read: {},
        write: { require_approval: true, limits: [{ max: 20 }] },
        spend: { action: 'deny' },
      },
    });
  });

  it('brings back what a category said before another choice', async () => {
    const { page, file, createFrom, write, save } = await open();
    await createFrom('Block everything', 'By kind');
    const rule = { require: [{ path: 'args.path', op: 'starts_with', value: '/tmp/' }] };
    const denied = { action: 'deny', reason: 'Never.' };
    await write(
      JSON.stringify({
        version: '1',
        default: 'deny',
        categories: { write: rule, destructive: denied },
        tools: {},
      }),
    );
    const choose = (kind: string, choice: string) =>
      page
        .getByRole('radiogroup', { name: `What happens to tools of the kind “${kind}”` })
        .getByRole('radio', { name: choice })
        .click();
    for (const away of ['Default', 'Allow', 'Ask', 'Deny', 'Hide']) await choose('Changes', away);
    await choose('Changes', 'Custom');
    await choose('Destroys', 'Ask');
    await choose('Destroys', 'Deny');
    await save();
    expect(JSON.parse(await file('by-kind')).categories).toEqual({ write: rule, destructive: denied });
    // Also where none was left.
    await choose('Changes', 'Default');
    await choose('Destroys', 'Default');
    await choose('Changes', 'Custom');
    await save();
    expect(JSON.parse(await file('by-kind')).categories).toEqual({ write: rule });
  });

  it('has fields for a cost that the answer says', async () => {
    const { page, row, file, createFrom, save } = await open();
    await createFrom('Autopilot on a budget', 'Metered');
    await save();
    const make = row('luma_generate_video');
    await make.locator('[data-tool]').click();
    const cost = make.getByRole('group', { name: 'Cost of a call' });
    const held = async () => JSON.parse(await file('metered')).costs.luma_generate_video;
    const before = await held();
    await cost.getByRole('combobox').selectOption({ label: 'is what the answer says' });
    await cost.getByRole('textbox', { name: /^Where the answer of/ }).fill('usage.total_usd');
    await cost.getByRole('textbox', { name: /^What counts while/ }).fill('0.75');
    await save();
    expect(await held()).toEqual({ cost_from: 'usage.total_usd', reserve: 0.75 });
    // A path that is none is said where it stands.
    await cost.getByRole('textbox', { name: /^Where the answer of/ }).fill('usage.*');
    await expect.poll(() => cost.getByRole('alert').textContent()).toContain('"cost_from" must be a path');
    await cost.getByRole('combobox').selectOption({ label: 'is always the same' });
    await make.getByRole('textbox', { name: /^Cost of one call/ }).fill(String(before));
    await page.keyboard.press('Tab');
    await save();
    expect(await held()).toBe(before);
  });

  it('offers rules by kind for another server’s policy that has none, and not for Luma’s', async () => {
    const { page, createFrom, write } = await open();
    await createFrom('Block everything', 'Files');
    const card = page.getByText('Tools not listed, by what they do');
    expect(await card.count()).toBe(0);
    await write('{"version":"1","server":"files","default":"deny","tools":{}}');
    await card.waitFor();
    await page.getByText('None has a rule yet').waitFor();
    const reads = page.getByRole('radiogroup', { name: 'What happens to tools of the kind “Only reads”' });
    expect(await reads.getByRole('radio', { name: 'Default' }).isChecked()).toBe(true);
    await reads.getByRole('radio', { name: 'Allow' }).click();
    await page.getByText('While it is not known what a tool does, its calls are denied.').waitFor();
  });

  it.each(['light', 'dark'] as const)('is accessible and fits 320 px, in %s', async (colorScheme) => {
    const { page, window, createFrom, write, tab, row } = await open({ colorScheme });
    await createFrom('Block everything', 'By kind');
    const hours = { days: ['mon', 'fri'], from: '09:00', to: '18:00' };
    await write(
      JSON.stringify({
        version: '1',
        default: 'require_approval',
        costs: { luma_generate_video: { cost_from: 'usage.usd', reserve: 0.5 } },
        categories: {
          read: { require: [{ path: 'time', op: 'during', value: hours, on_deny: 'Later.' }] },
          destructive: { action: 'deny', reason: 'No.' },
        },
        tools: {},
      }),
    );
    await page.getByRole('group', { name: 'Days' }).waitFor();
    await page.setViewportSize({ width: 320, height: 760 });
    await tab('Builder');
    await row('luma_generate_video').locator('[data-tool]').click();
    await row('luma_generate_video').getByRole('group', { name: 'Cost of a call' }).waitFor();
    const still = "document.getAnimations().every((each) => each.playState !== 'running')";
    await expect.poll(() => page.evaluate(still)).toBe(true);
    expect(await window.violations()).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    const wide = page.getByTestId('builder');
    expect(await wide.evaluate((it) => it.scrollWidth <= it.clientWidth)).toBe(true);
  });
});
