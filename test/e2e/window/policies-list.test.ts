/** The list of policies: named, copied, exported, deleted, and imported from elsewhere. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { needsChromium } from '../../support/window.ts';
import { fixture, policiesPages } from './policies-page.ts';

describe('the list of policies', needsChromium, () => {
  const open = policiesPages();

  it('who follows a policy has the room for a name', async () => {
    const { page } = await open();
    const width = await page
      .getByRole('columnheader', { name: 'Used by' })
      .evaluate((head) => head.getBoundingClientRect().width);
    expect(width).toBeGreaterThan(140);
  });

  it('a policy is renamed, duplicated, made the default, exported and deleted', async () => {
    const { host, page, path, file, button, json, save, backToList } = await open();
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
    await expect.poll(() => existsSync(path('policylayer-s-default-copy'))).toBe(false);
  });

  it('policies of PolicyLayer and of Intercept are imported, with what is different', async () => {
    const { page, file, button, save, backToList } = await open();
    const policyLayer = await fixture('policylayer-luma-generate-video-from-image.json');
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
    await dialog.getByLabel('Or paste it here').fill(await fixture('intercept-github.yaml'));
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
    const { page, file, button, save } = await open();
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
});
