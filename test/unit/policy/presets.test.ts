import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/json.ts';
import { lumaTools, videoTools } from '../../../shared/luma.ts';
import { presets, type Verdict } from '../../../shared/policy/index.ts';
import { defaultSettings } from '../../../shared/settings.ts';
import { decision, judge, lumaSchema, lumaToolNames, policyOf } from './support.ts';

const least: Record<string, JsonObject> = {
  luma_generate_video: { prompt: 'a cat' },
  luma_generate_video_from_image: { prompt: 'a cat', start_image_url: 'https://a.b/c.png' },
  luma_extend_video: { video_id: 'v', prompt: 'and then' },
  luma_extend_video_from_url: { video_url: 'https://a.b/v.mp4', prompt: 'and then' },
  luma_get_task: { task_id: 't' },
  luma_get_tasks_batch: { task_ids: ['a'] },
  luma_list_aspect_ratios: {},
  luma_list_actions: {},
};

function call(preset: string, tool: string, more: JsonObject = {}): Verdict {
  const found = presets.find(({ id }) => id === preset);
  if (found === undefined) throw new Error(`no preset ${preset}`);
  return judge(
    policyOf(found.document),
    { ...least[tool], ...more },
    { tool, inputSchema: lumaSchema(tool) },
  );
}

const outcomes = (preset: string, category: 'Read' | 'Write') =>
  lumaTools.filter((tool) => tool.category === category).map((tool) => call(preset, tool.name).outcome);

const all = (outcome: string) => [outcome, outcome, outcome, outcome];

describe('presets', () => {
  it('are the five of the policy language, the default first', () => {
    expect(presets.map(({ id }) => id)).toEqual([
      'ask-before-every-video',
      'autopilot-on-a-budget',
      'look-but-dont-spend',
      'policylayer-default',
      'block-everything',
    ]);
    expect(presets[0]?.id).toBe(defaultSettings.defaultPolicyId);
  });

  it.each(presets)('$name is valid, is JSON, names only real tools and denies others', ({ id, document }) => {
    expect(policyOf(JSON.parse(JSON.stringify(document))).document).toEqual(document);
    for (const name of Object.keys({ ...document.tools, ...document.costs }))
      expect(lumaToolNames).toContain(name);
    expect(decision(call(id, 'luma_new_tool'))).toBe('deny (default deny)');
  });

  it('Ask before every video asks for each, with its cost; looking up is free but capped', () => {
    const id = 'ask-before-every-video';
    expect(outcomes(id, 'Write')).toEqual(all('ask'));
    expect(outcomes(id, 'Read')).toEqual(all('allow'));
    expect(call(id, 'luma_generate_video')).toMatchObject({ cost: 0.4, timeoutMs: 300_000 });
    expect(call(id, 'luma_get_task')).toMatchObject({ limits: [{ counter: 'polling', max: 30 }] });
  });

  it.each(['ask-before-every-video', 'autopilot-on-a-budget'])(
    '%s lets no webhook through, of any tool that makes a video',
    (id) => {
      expect(lumaTools.filter(({ webhook }) => webhook !== undefined).map(({ name }) => name)).toEqual(
        videoTools,
      );
      for (const { name: tool } of lumaTools.filter(({ webhook }) => webhook === 'callback_url')) {
        for (const callback_url of ['https://evil.org/hook', ' ', 'x']) {
          expect(decision(call(id, tool, { callback_url }))).toBe('deny /all_tools/deny_if/0');
        }
        for (const callback_url of ['', null]) {
          expect(call(id, tool, { callback_url })).toEqual(call(id, tool));
          expect(call(id, tool).outcome).not.toBe('deny');
        }
      }
    },
  );

  it('Autopilot spends within a day’s budget for everyone, and asks about what stands out', () => {
    const id = 'autopilot-on-a-budget';
    expect(call(id, 'luma_generate_video')).toMatchObject({
      outcome: 'allow',
      limits: [
        { counter: 'spend', scope: 'all', windowMs: 86_400_000, amount: 0.4 },
        { counter: 'videos', scope: 'grant' },
      ],
    });
    expect(call(id, 'luma_extend_video').outcome).toBe('allow');
    expect(call(id, 'luma_generate_video', { prompt: 'x'.repeat(1000) }).outcome).toBe('ask');
    expect(call(id, 'luma_generate_video_from_image').outcome).toBe('ask');
    expect(call(id, 'luma_extend_video', { end_image_url: 'https://a.b/c.png' }).outcome).toBe('ask');
    expect(call(id, 'luma_extend_video_from_url').outcome).toBe('ask');
    expect(outcomes(id, 'Read')).toEqual(all('allow'));
    expect(call(id, 'luma_get_task')).toMatchObject({ limits: [{ counter: 'polling' }] });
  });

  it('Look but don’t spend makes no video', () => {
    expect(outcomes('look-but-dont-spend', 'Write')).toEqual(all('deny'));
    expect(outcomes('look-but-dont-spend', 'Read')).toEqual(all('allow'));
  });

  it('PolicyLayer’s default allows 30 a minute per grant of each generating tool', () => {
    expect(outcomes('policylayer-default', 'Read')).toEqual(all('allow'));
    for (const { name } of lumaTools.filter((tool) => tool.category === 'Write')) {
      expect(call('policylayer-default', name)).toMatchObject({
        outcome: 'allow',
        limits: [{ counter: `${name}_rate`, scope: 'grant', windowMs: 60_000, max: 30, amount: 1 }],
      });
    }
  });

  it('Block everything blocks everything', () => {
    expect(outcomes('block-everything', 'Write')).toEqual(all('deny'));
    expect(outcomes('block-everything', 'Read')).toEqual(all('deny'));
  });
});
