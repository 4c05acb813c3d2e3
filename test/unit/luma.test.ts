import { describe, expect, it } from 'vitest';
import { lumaTool, lumaTools } from '../../shared/luma.ts';
import { lumaSchema, lumaToolNames } from './policy/support.ts';

describe('the tools of the Luma server', () => {
  it('knows exactly the tools of the real server', () => {
    expect(lumaTools.map((tool) => tool.name).sort()).toEqual([...lumaToolNames].sort());
  });

  it.each(lumaTools)('names every URL argument and the prompt of $name, and nothing else', (tool) => {
    const properties = Object.keys(lumaSchema(tool.name)?.properties as object);
    const urls = [...tool.urls, ...(tool.webhook === undefined ? [] : [tool.webhook])];
    expect(urls.sort()).toEqual(properties.filter((name) => name.endsWith('_url')).sort());
    expect(tool.prompt).toBe(properties.includes('prompt') ? 'prompt' : undefined);
  });

  it('counts extending from a URL as making a video', () => {
    expect(lumaTool('luma_extend_video_from_url')).toMatchObject({ category: 'Write' });
    expect(lumaTools.filter((tool) => tool.category === 'Write')).toHaveLength(4);
  });

  it('knows no tool by an inherited name', () => {
    expect(lumaTool('constructor')).toBeUndefined();
    expect(lumaTool('__proto__')).toBeUndefined();
  });
});
