/** A call is tried against a policy as it stands in the window. */
import { describe, expect, it } from 'vitest';
import { needsChromium } from '../../support/window.ts';
import { policiesPages } from './policies-page.ts';

describe('trying a call', needsChromium, () => {
  const open = policiesPages();

  it('a call is tried against what is not saved, in the window itself', async () => {
    const { page, button, tab, choose, openPolicy } = await open();
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
    await button('/all_tools/require_approval/when/0', verdict).click();
    await expect.poll(() => page.locator('.cm-activeLine + .cm-line').innerText()).toContain('"args.prompt"');

    await tab('Try a call');
    await choose('luma_generate_video', 'Deny');
    await expect.poll(() => verdict.innerText()).toMatch(/Denied[\s\S]*\/tools\/luma_generate_video\/action/);
    await choose('luma_generate_video', 'Hide');
    await expect.poll(() => verdict.innerText()).toContain('Hidden');
    expect(asked.filter((url) => url.includes('simulate') || url.includes('validate'))).toEqual([]);
  });
});
