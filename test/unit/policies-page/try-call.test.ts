import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exampleArguments, tryCall } from '../../../renderer/policies/try-call.ts';
import type { Tool } from '../../../shared/contract.ts';
import { type CompiledPolicy, parsePolicy, presets } from '../../../shared/policy/index.ts';

/** Monday, at ten. */
const NOW = new Date(2026, 10, 30, 10).getTime();
const fixture = JSON.parse(readFileSync(new URL('../../fixtures/luma-tools.json', import.meta.url), 'utf8'));
const tools = (fixture.tools as Tool[]).map((tool): Tool => ({ ...tool, category: 'spend' }));

function preset(id: string): CompiledPolicy {
  const parsed = parsePolicy(presets.find((each) => each.id === id)?.document);
  if (!parsed.ok) throw new Error('a preset is not valid');
  return parsed.policy;
}

describe('trying a call', () => {
  it('tells what would be asked, how long it would wait, and what it costs', () => {
    const tried = tryCall(
      preset('ask-before-every-video'),
      'luma_generate_video',
      { prompt: 'a' },
      tools,
      NOW,
    );
    expect(tried).toMatchObject({
      outcome: 'ask',
      rule: '/tools/luma_generate_video/require_approval',
      cost: 0.4,
      timeoutMs: 300_000,
    });
  });

  it('tells which limits would count', () => {
    const tried = tryCall(
      preset('autopilot-on-a-budget'),
      'luma_generate_video',
      { prompt: 'a' },
      tools,
      NOW,
    );
    expect(tried.outcome).toBe('allow');
    expect(tried.limits.map(({ rule, amount }) => [rule, amount])).toEqual([
      ['/all_tools/limits/0', 0.4],
      ['/tools/luma_generate_video/limits/0', 1],
    ]);
  });

  it('points at the rule that denies, with what the agent reads', () => {
    const args = { prompt: 'a', callback_url: 'https://example.com' };
    expect(tryCall(preset('ask-before-every-video'), 'luma_generate_video', args, tools, NOW)).toMatchObject({
      outcome: 'deny',
      rule: '/all_tools/deny_if/0',
      message: expect.stringContaining('Webhooks are not allowed'),
    });
  });

  it('refuses arguments that do not fit the schema, and tools that the upstream does not have', () => {
    const policy = preset('ask-before-every-video');
    expect(tryCall(policy, 'luma_generate_video', {}, tools, NOW).rule).toBe(
      '/tools/luma_generate_video/validate_arguments',
    );
    expect(tryCall(policy, 'other', {}, tools, NOW).rule).toBe('(unknown tool)');
    expect(tryCall(policy, 'other', {}, undefined, NOW).rule).toBe('(default deny)');
  });

  it('begins with arguments that fit the schema of every tool', () => {
    for (const tool of tools) {
      const tried = tryCall(
        preset('policylayer-default'),
        tool.name,
        exampleArguments(tool.inputSchema),
        tools,
        NOW,
      );
      expect([tool.name, tried.outcome]).toEqual([tool.name, 'allow']);
    }
  });
});
