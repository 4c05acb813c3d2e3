import { describe, expect, test } from 'vitest';
import { createKnownLists } from '../../../main/proxy/known-lists.ts';
import { filterTools } from '../../../main/proxy/tool-list.ts';
import type { Json } from '../../../shared/json.ts';

const tools = ['open', 'secret', 'last'].map((name) => ({ name, inputSchema: { type: 'object', id: 7 } }));
const answer = (id: Json, more: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { tools, ...more } });
const hides = (hidden: string[]) => (tool: string) => hidden.includes(tool);

/** Looks into `text` the long way and has it kept; returns what is passed on. */
function look(
  lists: ReturnType<typeof createKnownLists>,
  text: string,
  { id = 7 as number | string, hidden = [] as string[] } = {},
): string {
  const answers = lists.answersTo(id, hides(hidden));
  const message = JSON.parse(text) as Json;
  answers.keep(text, message);
  return JSON.stringify(filterTools(message, hides(hidden)));
}

function find(
  lists: ReturnType<typeof createKnownLists>,
  text: string,
  { id = 7 as number | string, hidden = [] as string[] } = {},
): string | undefined {
  return lists.answersTo(id, hides(hidden)).find(text);
}

describe('an answer that is known', () => {
  test.each([
    ['as the SDK writes it', (id: Json) => answer(id)],
    ['with its id at the end', (id: Json) => JSON.stringify({ result: { tools }, jsonrpc: '2.0', id })],
    [
      'with blanks',
      (id: Json) => `{ "jsonrpc": "2.0", "id": ${JSON.stringify(id)}, "result": {"tools": []} }`,
    ],
    ['with an id within', (id: Json) => JSON.stringify({ jsonrpc: '2.0', result: { id: 7, tools }, id })],
  ])('%s is passed on as looking into it passes it on', (_, text) => {
    for (const hidden of [[], ['secret'], ['open', 'secret', 'last']]) {
      const lists = createKnownLists(() => 1);
      look(lists, text(7), { hidden });
      for (const id of [7, 8, 71, 123456, 'a "quoted" one', ''])
        expect(find(lists, text(id), { id, hidden })).toBe(look(lists, text(id), { id, hidden }));
    }
  });

  test('is another when one byte differs, anywhere', () => {
    const lists = createKnownLists(() => 1);
    const text = answer(7);
    look(lists, text);
    expect(find(lists, text)).toBe(text);
    for (let at = 0; at < text.length; at += 1) {
      expect(find(lists, `${text.slice(0, at)}~${text.slice(at + 1)}`)).toBeUndefined();
      expect(find(lists, text.slice(0, at) + text.slice(at + 1))).toBeUndefined();
      expect(find(lists, `${text.slice(0, at)} ${text.slice(at)}`)).toBeUndefined();
    }
  });

  test('answers that request only', () => {
    const lists = createKnownLists(() => 1);
    look(lists, answer(7));
    expect(find(lists, answer(8), { id: 7 })).toBeUndefined();
    expect(find(lists, answer('7'), { id: 7 })).toBeUndefined();
    look(lists, answer(9), { id: 7 });
    expect(find(lists, answer(9), { id: 9 })).toBe(answer(9));
  });

  test('is looked into again for each other choice of hidden tools', () => {
    const lists = createKnownLists(() => 1);
    look(lists, answer(7));
    expect(find(lists, answer(7), { hidden: ['secret'] })).toBeUndefined();
    const without = look(lists, answer(7), { hidden: ['secret'] });
    expect(without).not.toContain('secret');
    expect(find(lists, answer(7), { hidden: ['secret'] })).toBe(without);
    expect(find(lists, answer(7))).toBe(answer(7));
    // A tool that it does not name makes no difference.
    expect(find(lists, answer(7), { hidden: ['secret', 'elsewhere'] })).toBe(without);
  });

  test('is looked into again once what is known of the tools has changed', () => {
    let version = 1;
    const lists = createKnownLists(() => version);
    look(lists, answer(7));
    version = 2;
    expect(find(lists, answer(7))).toBeUndefined();
    look(lists, answer(7));
    expect(find(lists, answer(7))).toBe(answer(7));
  });
});

describe('what is not kept', () => {
  test('a list that changed what is known', () => {
    let version = 1;
    const lists = createKnownLists(() => version);
    const answers = lists.answersTo(7, hides([]));
    version = 2;
    answers.keep(answer(7), JSON.parse(answer(7)) as Json);
    expect(find(lists, answer(7))).toBeUndefined();
  });

  test.each([
    ['an answer with tasks, which are filtered by owner', answer(7, { tasks: [] })],
    ['an answer without tools', JSON.stringify({ jsonrpc: '2.0', id: 7, result: {} })],
    ['a list of messages', `[${answer(7)}]`],
    ['one that says its id twice, where the first is found', '{"id":7,"result":{"tools":[]},"id": 7.0}'],
    ['one that is very large', answer(7, { more: 'x'.repeat(1024 * 1024) })],
  ])('%s', (_, text) => {
    const lists = createKnownLists(() => 1);
    look(lists, text);
    expect(find(lists, text)).toBeUndefined();
  });

  test('more than a few lists', () => {
    const lists = createKnownLists(() => 1);
    const pages = Array.from({ length: 40 }, (_, page) => answer(7, { nextCursor: `${page}` }));
    for (const page of pages) look(lists, page);
    const kept = pages.map((page) => find(lists, page) !== undefined);
    expect(kept.lastIndexOf(false)).toBe(40 - 8 - 1);
    const large = Array.from({ length: 8 }, (_, page) =>
      answer(7, { nextCursor: `${page}`, more: 'x'.repeat(900 * 1024) }),
    );
    for (const page of large) look(lists, page);
    expect(large.filter((page) => find(lists, page) !== undefined)).toHaveLength(2);
  });
});
