import { describe, expect, it } from 'vitest';
import { allowedWords } from '../../shared/allowance.ts';

describe('what an allowance is for', () => {
  it.each([
    ['luma_extend_video', 'any longer video'],
    ['luma_get_task', 'any call to look up a video'],
    ['other', 'any call of other'],
  ])('%s: %s', (tool, words) => {
    expect(allowedWords({ tool })).toBe(words);
  });

  it('one call alone, by what it is known by', () => {
    const only = { prompt: true } as const;
    expect(allowedWords({ tool: 'luma_generate_video', only })).toBe('one prompt, unchanged');
    expect(allowedWords({ tool: 'write_file', server: 'files', only })).toBe(
      'one call of write_file, unchanged',
    );
    expect(allowedWords({ tool: 'luma_generate_video', server: 'files', only })).toContain('one call of');
  });
});
