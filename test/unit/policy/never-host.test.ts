import { describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import {
  calledHosts,
  evaluate,
  neverHost,
  neverHostSentence,
  neverHostWords,
  parsePolicy,
  presets,
} from '../../../shared/policy/index.ts';
import { policyOf } from './support.ts';

const called = { argument: 'start_image_url', host: 'evil.example' };
const tool = 'luma_generate_video_from_image';

function outcome(document: unknown, args: Record<string, string>) {
  return evaluate(policyOf(document), {
    tool,
    arguments: args,
    inputSchema: undefined,
    guard: 'policy',
    minuteOfWeek: 0,
  }).outcome;
}

describe('a rule from a call: never this host', () => {
  const open = {
    version: '1',
    default: 'allow',
    tools: {},
    all_tools: { validate_arguments: false },
  } as const;

  it('denies the host in this argument, and nothing else that its sentence does not name', () => {
    const after = neverHost(open, called);
    expect(outcome(after, { start_image_url: 'https://EVIL.example/a.png' })).toBe('deny');
    expect(outcome(after, { start_image_url: 'no address' })).toBe('deny');
    expect(outcome(after, { start_image_url: 'https://fine.example/a.png' })).toBe('allow');
    expect(outcome(after, { start_image_url: 'https://sub.evil.example/a.png' })).toBe('allow');
    expect(outcome(after, { end_image_url: 'https://evil.example/a.png' })).toBe('allow');
    expect(outcome(after, {})).toBe('allow');
    expect(neverHostSentence(called)).toContain('whose start_image_url is on evil.example is denied');
  });

  it('never lets through what the policy denied or asked for', () => {
    const rank = { allow: 0, ask: 1, deny: 2, hidden: 2 };
    const values = ['https://evil.example/', 'https://fine.example/', 'text'];
    const bare = (fallback: string) => ({ ...open, default: fallback });
    for (const before of [
      ...presets.map(({ document }) => document),
      bare('deny'),
      bare('require_approval'),
    ]) {
      const parsed = parsePolicy(before);
      if (!parsed.ok) throw new Error('a preset is valid');
      const after = neverHost(parsed.policy.document as unknown as Json, called);
      for (const start_image_url of values) {
        const [was, is] = [before, after].map((each) => outcome(each, { start_image_url }));
        expect(rank[is ?? 'allow']).toBeGreaterThanOrEqual(rank[was ?? 'hidden']);
      }
    }
  });

  it('is not added twice', () => {
    const once = neverHost(open, called);
    expect(once && neverHost(once, called)).toBeUndefined();
  });

  it('is offered only for arguments that hold an address', () => {
    const args = {
      prompt: 'https://a.example/',
      start_image_url: 'https://b.example/x',
      callback_url: 'c.example',
    };
    expect(calledHosts(tool, args)).toEqual([{ argument: 'start_image_url', host: 'b.example' }]);
    expect(calledHosts('other', args)).toEqual([]);
  });

  it('names the argument where a call names several hosts', () => {
    const other = { argument: 'callback_url', host: 'b.example' };
    expect(neverHostWords(called, [called])).toBe('this host');
    expect(neverHostWords(other, [called, other])).toBe('this host (callback_url)');
  });
});
