import { describe, expect, it } from 'vitest';
import { href, PAGES, parseRoute } from '../../../renderer/navigation/route.ts';

describe('the address within the window', () => {
  it('names a page, and what of it', () => {
    expect(parseRoute('#/policies')).toEqual({ page: 'policies', path: [] });
    expect(parseRoute('#/policies/default/history')).toEqual({
      page: 'policies',
      path: ['default', 'history'],
    });
  });

  it('brings back whatever a link was made of', () => {
    for (const page of PAGES) {
      for (const part of ['a b', 'a/b', '100%', 'ä', '#', '..'])
        expect(parseRoute(href(page, part, 'x'))).toEqual({ page, path: [part, 'x'] });
    }
  });

  it('names no page when it is something else', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#key=abc', '#approvals', '#/__proto__'])
      expect(parseRoute(hash)).toBeUndefined();
  });

  it('survives a broken escape', () => {
    expect(parseRoute('#/policies/%zz')).toEqual({ page: 'policies', path: ['%zz'] });
  });
});
