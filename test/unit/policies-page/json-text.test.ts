import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineOf, placeOf, readText, textOf } from '../../../renderer/policies/json-text.ts';
import type { Json } from '../../../shared/json.ts';
import { pointer, pointerParts } from '../../../shared/policy/paths.ts';
import { policyDocument } from '../policy/arbitraries.ts';

/** What is marked at each problem, with its message. */
const marked = (text: string) =>
  readText(text).problems.map(({ from, to, pointer, message }) => ({
    at: text.slice(from, to),
    pointer,
    message,
  }));

describe('the text of a policy', () => {
  it('has no problem when it is a valid policy, and is ready to judge', () => {
    fc.assert(
      fc.property(policyDocument, (document) => {
        const reading = readText(textOf(document as Json));
        expect(reading.problems).toEqual([]);
        // JSON has no -0.
        expect(reading.policy?.document).toEqual(JSON.parse(JSON.stringify(document)));
      }),
    );
  });

  it.each([
    ['{"version": "1" "default": "deny", "tools": {}}', '"default"', 'A comma is missing before this.'],
    ['{"version": "1", "default": "deny", "tools": {},}', '}', /comma too many/],
    ['{"version": "1", "default": deny, "tools": {}}', 'deny', /double quotes/],
    ['{"version": "1", "default": "deny", "tools": {}} // mine', '// mine', /no comments/],
    ['{"version": "1", "default": "deny", "tools": {}', '', /closing brace/],
    ['{"version": "1", "default": "deny', '"deny', /closing quote/],
  ])('%s is marked at %s', (text, at, message) => {
    const [first] = marked(text);
    expect(first?.at).toBe(at);
    expect(first?.message).toMatch(message);
    expect(readText(text).document).toBeUndefined();
  });

  it('says that there is nothing when there is nothing', () => {
    expect(marked(' \n')[0]?.message).toMatch(/nothing here/);
  });

  it('marks what the policy language objects to, at its place', () => {
    const text = textOf({
      version: '1',
      defualt: 'deny',
      default: 'never',
      tools: {
        'a/b~c': {
          deny_if: [{ path: 'args.x', op: 'gt', value: 'many' }],
          limits: [{ counter: 'n', window: 'day' }],
        },
      },
    });
    expect(marked(text)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ pointer: '/defualt', at: '"defualt": "deny"' }),
        expect.objectContaining({ pointer: '/default', at: '"default": "never"' }),
        expect.objectContaining({ pointer: '/tools/a~1b~0c/deny_if/0/value', at: '"value": "many"' }),
        // What is missing is marked where it would stand.
        expect.objectContaining({ pointer: '/tools/a~1b~0c/limits/0/max', at: '{' }),
      ]),
    );
    expect(readText(text).policy).toBeUndefined();
    expect(readText(text).document).toBeDefined();
  });

  it.each([
    ['9007199254740993', '9007199254740992'],
    ['1e-400', '0'],
    ['1e400', 'Infinity'],
  ])('refuses the number %s, which would become %s', (number, other) => {
    const text = `{"version": "1", "default": "deny", "costs": {"a": ${number}}, "tools": {}}`;
    const message = `The number ${number} does not survive: it would become ${other}. Write another one, or a text.`;
    expect(marked(text)).toEqual([{ at: `"a": ${number}`, pointer: '/costs/a', message }]);
    // The builder must not write it back as another one.
    expect(readText(text).document).toBeUndefined();
  });

  it('refuses a member that is given twice', () => {
    const text = '{"version":"1","default":"deny","tools":{"a":{},"a":{"action":"deny"}}}';
    expect(marked(text)).toEqual([
      { at: '"a"', pointer: '/tools/a', message: '“a” is given twice. Keep one of them.' },
    ]);
  });

  it('that is nested without end is refused, not run into', () => {
    const { problems, policy } = readText('['.repeat(200_000));
    expect(problems.length).toBeGreaterThan(0);
    expect(policy).toBeUndefined();
  });
});

describe('a place in the text', () => {
  it('is found for every value of the document', () => {
    fc.assert(
      fc.property(policyDocument, (document) => {
        const reading = readText(textOf(document as Json));
        for (const at of pointersOf(document as Json, [])) {
          const { from, to } = placeOf(reading.text, reading.tree, at);
          const name = pointerParts(at).at(-1) as string;
          const found = reading.text.slice(from, to);
          expect(found.length).toBeGreaterThan(0);
          if (!/^\d+$/.test(name)) expect(found.startsWith(JSON.stringify(name))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has a line and a column', () => {
    expect(lineOf('{\n  "a": 1\n}', 4)).toEqual({ line: 2, column: 3 });
    expect(lineOf('{', 0)).toEqual({ line: 1, column: 1 });
  });
});

function pointersOf(value: Json, path: (string | number)[]): string[] {
  const own = path.length === 0 ? [] : [pointer(...path)];
  if (typeof value !== 'object' || value === null) return own;
  const members: [string | number, Json][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [...own, ...members.flatMap(([name, member]) => pointersOf(member, [...path, name]))];
}
