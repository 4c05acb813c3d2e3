/** What a policy was and will be: versions, changes not saved yet, and changes made on disk meanwhile. */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { presets } from '../../../shared/policy/index.ts';
import { useFromOutside } from '../../support/outside.ts';
import { needsChromium } from '../../support/window.ts';
import { expectAccessible } from './pages.ts';
import { policiesPages } from './policies-page.ts';

describe('the versions of a policy', needsChromium, () => {
  const open = policiesPages();

  it('an old version is restored, byte for byte, after a look at the difference', async () => {
    const { page, file, button, tab, row, choose, openPolicy, save } = await open();
    const before = await file('autopilot-on-a-budget');
    await openPolicy('Autopilot on a budget');
    await choose('luma_generate_video_from_image', 'Allow');
    await save();
    expect(await file('autopilot-on-a-budget')).not.toBe(before);
    await tab('Versions');
    await button(/^Version 1/).click();
    await page.getByRole('radio', { name: 'What restoring would change' }).click();
    const change = page.getByRole('region', { name: 'What restoring version 1 would change' });
    expect(await change.innerText()).toContain('"require_approval"');
    await button('Restore version 1').click();
    await button('Restore', page.getByRole('dialog')).click();
    await expect.poll(() => file('autopilot-on-a-budget')).toBe(before);
    await page.getByText('Version 3, used by').waitFor();
    expect(
      await row('luma_generate_video_from_image')
        .getByRole('radio', { name: 'Custom' })
        .getAttribute('aria-checked'),
    ).toBe('true');
  });

  it('unsaved changes outlive the page and the window, and are asked about before they are lost', async () => {
    const { page, button, json, row, choose, openPolicy } = await open();
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

  it('a change on disk that was used meanwhile is told, and theirs or mine is a choice', async () => {
    const { host, window, page, path, file, button, openPolicy, save } = await open();
    await openPolicy('Block everything');
    const onDisk = path('block-everything');
    // Without changes of one's own, the page simply follows.
    await writeFile(
      onDisk,
      JSON.stringify({ version: '1', description: 'By hand.', default: 'deny', tools: {} }),
    );
    await useFromOutside(host, 'policy:block-everything');
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Description' }).inputValue(), { timeout: 15_000 })
      .toBe('By hand.');

    await page.getByRole('textbox', { name: 'Description' }).fill('Mine.');
    await writeFile(
      onDisk,
      JSON.stringify({ version: '1', description: 'Theirs.', default: 'deny', tools: {} }),
    );
    await useFromOutside(host, 'policy:block-everything');
    await page.getByText('version 3 is in force, and you began with version 2').waitFor();
    expect(await button('Save').getAttribute('aria-disabled')).toBe('true');
    await button('Compare').click();
    const dialog = page.getByRole('dialog');
    await expect.poll(() => dialog.innerText()).toMatch(/Theirs\.[\s\S]*Mine\./);
    await expectAccessible(window);
    await button('Keep mine', dialog).click();
    await save();
    expect(JSON.parse(await file('block-everything')).description).toBe('Mine.');
    expect((await host.api('policies.history', { id: 'block-everything' })).versions).toHaveLength(4);
  });

  it('a mistake in the file on disk is told, with the version that stays in force', async () => {
    const { page, path, openPolicy } = await open();
    await writeFile(path('look-but-dont-spend'), '{"version": "1", "tools": {}}');
    await page.getByText(/Its file has a mistake; version 1 stays in force/).waitFor();
    await openPolicy("Look but don't spend");
    await page.getByText(/file on disk has a mistake/).waitFor();
    expect(presets.map(({ name }) => name)).toContain("Look but don't spend");
  });
});
