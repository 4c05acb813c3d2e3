/** Everything that the Policies page shows, with axe, in light and dark. */
import { describe, expect, it } from 'vitest';
import { needsChromium } from '../../support/window.ts';
import { fixture, policiesPages } from './policies-page.ts';

describe.each(['light', 'dark'] as const)('the Policies page in %s', needsChromium, (colorScheme) => {
  const openPage = policiesPages();

  it('the list and its dialogs have no violation of accessibility rules', async () => {
    const { page, button, accessible } = await open();
    await accessible('the list');
    await button('New policy').click();
    await accessible('the dialog of a new policy');
    await page.keyboard.press('Escape');
    await button('Import').click();
    await page.getByLabel('Or paste it here').fill(await fixture('intercept-github.yaml'));
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
    const { page, button, tab, row, choose, openPolicy, write, accessible } = await open();
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

  async function open() {
    const opened = await openPage({ colorScheme });
    async function accessible(what: string): Promise<void> {
      // What fades in has its colours only at the end.
      const still = "document.getAnimations().every((each) => each.playState !== 'running')";
      await expect.poll(() => opened.page.evaluate(still)).toBe(true);
      expect(await opened.window.violations(), what).toEqual([]);
    }
    return { ...opened, accessible };
  }
});
