import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentFields, changedArguments, withArgument } from '../../../renderer/arguments/fields.ts';
import { readArguments } from '../../../renderer/arguments/use-draft.ts';
import type { JsonObject } from '../../../shared/json.ts';

const tools = JSON.parse(
  readFileSync(new URL('../../fixtures/luma-tools.json', import.meta.url), 'utf8'),
) as { tools: { name: string; inputSchema: JsonObject }[] };
const schemaOf = (name: string) => tools.tools.find((tool) => tool.name === name)?.inputSchema;
const fromImage = schemaOf('luma_generate_video_from_image');

describe('the form for the arguments of a call', () => {
  it('has a control for each of the tool’s parameters, in their order', () => {
    const fields = argumentFields(fromImage, { prompt: 'A lake' });
    expect(fields.map(({ name, control }) => [name, control.kind])).toEqual([
      ['prompt', 'text'],
      ['start_image_url', 'text'],
      ['end_image_url', 'text'],
      ['aspect_ratio', 'choice'],
      ['loop', 'flag'],
      ['enhancement', 'flag'],
      ['timeout', 'number'],
      ['callback_url', 'text'],
    ]);
    expect(fields[0]).toMatchObject({ required: true, value: 'A lake' });
    expect(fields.filter(({ value }) => value !== undefined)).toHaveLength(1);
  });

  it('begins an argument that is added with the tool’s own default', () => {
    const initial = Object.fromEntries(
      argumentFields(fromImage, {}).map((field) => [field.name, field.initial]),
    );
    expect(initial).toMatchObject({ aspect_ratio: '16:9', enhancement: true, timeout: 0, callback_url: '' });
  });

  it('shows arguments that the tool does not know, by their value', () => {
    const fields = argumentFields(undefined, { a: 'text', b: 2, c: true, d: [1], e: null, f: { g: 1 } });
    expect(fields.map(({ control }) => control.kind)).toEqual([
      'text',
      'number',
      'flag',
      'json',
      'json',
      'json',
    ]);
  });

  it('shows a value that its control could not hold as JSON, so that nothing is lost', () => {
    const args = { prompt: 7, aspect_ratio: '2:1', loop: 'yes', timeout: null, callback_url: 'a\rb' };
    const fields = argumentFields(fromImage, args).filter(({ value }) => value !== undefined);
    expect(fields.map(({ control }) => control.kind)).toEqual(Array(5).fill('json'));
  });

  it('follows local references, and survives those that lead nowhere or round in circles', () => {
    const schema: JsonObject = {
      properties: {
        shape: { $ref: '#/$defs/Shape', description: 'Its shape.' },
        maybe: { anyOf: [{ $ref: '#/$defs/Shape' }, { type: 'null' }] },
        lost: { $ref: '#/$defs/Nothing' },
        circle: { $ref: '#/$defs/Circle' },
        far: { $ref: 'https://example.com/schema.json' },
      },
      $defs: { Shape: { enum: ['wide', 'tall'] }, Circle: { $ref: '#/$defs/Circle' } },
    };
    const fields = argumentFields(schema, { lost: 'x', circle: 1, far: true });
    expect(fields.map(({ control }) => control.kind)).toEqual(['choice', 'choice', 'text', 'number', 'flag']);
    expect(fields[0]?.description).toBe('Its shape.');
  });

  it('has one field for every argument, whatever it is called', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const args = JSON.parse(JSON.stringify({ ...value })) as JsonObject;
        const fields = argumentFields(fromImage, args).filter((field) => field.value !== undefined);
        expect(new Map(fields.map((field) => [field.name, field.value]))).toEqual(
          new Map(Object.entries(args)),
        );
      }),
    );
  });
});

describe('withArgument', () => {
  it('keeps the order, adds at the end, and leaves out', () => {
    const args = { a: 1, b: 2, c: 3 };
    expect(JSON.stringify(withArgument(args, 'b', 'x'))).toBe('{"a":1,"b":"x","c":3}');
    expect(JSON.stringify(withArgument(args, 'd', 4))).toBe('{"a":1,"b":2,"c":3,"d":4}');
    expect(JSON.stringify(withArgument(args, 'a', undefined))).toBe('{"b":2,"c":3}');
    expect(args).toEqual({ a: 1, b: 2, c: 3 });
  });

  it('treats __proto__ as an argument like any other', () => {
    const args = JSON.parse('{"__proto__": {"x": 1}, "a": 1}') as JsonObject;
    expect(JSON.stringify(withArgument(args, 'a', 2))).toBe('{"__proto__":{"x":1},"a":2}');
    expect(JSON.stringify(withArgument(args, '__proto__', 'y'))).toBe('{"__proto__":"y","a":1}');
    expect(JSON.stringify(withArgument({}, '__proto__', 1))).toBe('{"__proto__":1}');
    expect(argumentFields(undefined, args).map(({ name }) => name)).toEqual(['__proto__', 'a']);
  });
});

describe('changedArguments', () => {
  it('names what differs, was added or was left out', () => {
    expect(changedArguments({ a: 1, b: [1], c: 1 }, { a: 1, b: [2], d: 1 })).toEqual(['b', 'c', 'd']);
    expect(changedArguments({ a: { x: 1 } }, { a: { x: 1 } })).toEqual([]);
  });
});

describe('readArguments', () => {
  it('takes an object, and says what is wrong with anything else', () => {
    expect(readArguments('{"a": 1}')).toEqual({ value: { a: 1 } });
    for (const text of ['[]', 'null', '"a"', '7']) {
      expect(readArguments(text)).toEqual({ problem: expect.stringContaining('JSON object') });
    }
    expect(readArguments('{"a": [9007199254740993]}')).toEqual({
      problem: expect.stringMatching(/^\/a\/0: The number 9007199254740993 does not survive/),
    });
    expect(readArguments('{"a": ')).toEqual({ problem: expect.stringContaining('not valid JSON') });
  });
});
