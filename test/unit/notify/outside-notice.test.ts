import { describe, expect, test } from 'vitest';
import {
  type AnnouncedChange,
  noticeForOutside,
  summaryForOutside,
  titleOf,
} from '../../../main/notify/outside-notice.ts';

const policy: AnnouncedChange = {
  id: 'policy:ask',
  kind: 'policy',
  name: 'Ask before every video',
  before: { default: 'deny' },
  after: { default: 'allow' },
};
const cursor: AnnouncedChange = {
  id: 'client:cursor',
  kind: 'client',
  name: 'Cursor',
  before: {},
  after: {},
};

test.each<[AnnouncedChange, string]>([
  [policy, '“Ask before every video” was changed outside Greenlight'],
  [{ ...policy, before: undefined }, 'A policy “Ask before every video” was put beside yours'],
  [{ ...policy, kind: 'settings', name: 'Settings' }, 'Settings were changed outside Greenlight'],
  [cursor, 'Cursor’s entry was changed outside Greenlight'],
  [{ ...cursor, after: undefined }, 'Cursor’s entry was taken out outside Greenlight'],
  [{ ...cursor, before: undefined }, 'Cursor was given a way past Greenlight'],
])('%o', (change, title) => {
  expect(titleOf(change)).toBe(title);
});

describe('a notification', () => {
  test('of a difference that fits is answered in it', () => {
    expect(noticeForOutside(policy)).toEqual({
      id: 'outside:policy:ask',
      title: titleOf(policy),
      body: 'default: “deny” → “allow”',
      answerable: true,
      labels: { allow: 'Use it', deny: 'Keep mine' },
    });
    expect(noticeForOutside({ ...policy, before: undefined }).labels?.deny).toBe('Leave it out');
  });

  test.each<[string, AnnouncedChange['after']]>([
    ['many lines', { a: 1, b: 2, c: 3, d: 4, e: 5 }],
    ['a long line', { default: 'x'.repeat(100) }],
    ['lines that are long together', { default: 'x'.repeat(70), a: 'y'.repeat(70), b: 1 }],
  ])('of more than fits only opens the window: %s', (_, after) => {
    const { answerable, body } = noticeForOutside({ ...policy, after });
    expect(answerable).toBe(false);
    expect(body).toMatch(/\nOpen Greenlight to see all of it\.$/);
  });

  test('is never cut by the notifier that cuts first, and hides nothing', () => {
    const name = `\u202E${'n'.repeat(500)}`;
    const after = Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`${at}`.repeat(80), 'x']));
    for (const change of [
      { ...policy, name, after },
      { ...policy, name, before: undefined, after },
    ]) {
      const { title, body } = noticeForOutside(change);
      expect([...title].length).toBeLessThanOrEqual(100);
      expect([...body].length).toBeLessThanOrEqual(250);
      expect(title).toContain('U+202E');
    }
  });

  test('of many says which, and asks nothing', () => {
    expect(summaryForOutside([policy, cursor, policy, policy])).toMatchObject({
      id: 'outside',
      title: '4 things were changed outside Greenlight',
      body: expect.stringMatching(/^Ask before every video, Cursor, .*\nOpen Greenlight to look at them\.$/),
      answerable: false,
    });
  });
});
