import { describe, expect, it } from 'vitest';
import { askBeforeItChanges } from '../../../shared/policy/index.ts';
import { openBench, refused, SERVER } from './setup.ts';

describe('a policy that goes by categories', () => {
  it('lets pass what only reads, and asks for what spends', async () => {
    const { admit } = await openBench(askBeforeItChanges(SERVER, 'it'));
    expect((await admit('luma_list_actions', {})).kind).toBe('run');
    expect((await admit('luma_generate_video', { prompt: 'A cat' })).kind).toBe('wait');
  });

  it('denies and hides by them, with the rule of the category', async () => {
    const { admit, core, grant } = await openBench({
      version: '1',
      default: 'allow',
      categories: { read: { action: 'hide' }, spend: { action: 'deny', reason: 'Nothing is bought.' } },
      tools: { luma_get_task: {} },
    });
    expect(refused(await admit('luma_generate_video', { prompt: 'A cat' }))).toMatchObject({
      rule: '/categories/spend/action',
      reason: 'Nothing is bought.',
    });
    expect(core.gate.hides(grant, SERVER, 'luma_list_actions')).toBe(true);
    expect((await admit('luma_list_actions', {})).kind).toBe('unknown tool');
    expect(core.gate.hides(grant, SERVER, 'luma_get_task')).toBe(false);
  });
});
