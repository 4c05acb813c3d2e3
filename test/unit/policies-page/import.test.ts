import { describe, expect, it } from 'vitest';
import { readImport } from '../../../renderer/policies/import.ts';
import { textOf } from '../../../renderer/policies/json-text.ts';
import { argumentNames, numberNames, toolGroups } from '../../../renderer/policies/tool-groups.ts';
import type { Tool } from '../../../shared/contract.ts';
import { freeName } from '../../../shared/policy/edit.ts';
import { fixture } from '../policy/support.ts';

describe('an import', () => {
  it.each([
    'policylayer-deny-with-reason.json',
    'policylayer-luma-generate-video-from-image.json',
    'policylayer-rate-limit.json',
  ])('of %s is the same document', (name) => {
    const source = fixture(`policies/${name}`);
    expect(readImport(source)).toEqual({
      kind: 'policy',
      text: textOf(JSON.parse(source)),
      notes: [],
      errors: [],
    });
  });

  it('of Intercept is a policy, with notes on what is different', () => {
    const { kind, text, notes, errors } = readImport(fixture('policies/intercept-github.yaml'));
    expect(kind).toBe('intercept');
    expect(JSON.parse(text as string).tools.delete_repository.action).toBe('deny');
    expect(notes.length).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  });

  it('of a policy with mistakes, or of JSON that breaks off, can be opened to mend it', () => {
    const wrong = readImport('{"version": "1", "default": "maybe", "tools": {}}');
    expect(JSON.parse(wrong.text as string).default).toBe('maybe');
    expect(wrong.errors[0]?.pointer).toBe('/default');
    expect(readImport('{"version": "1", ').text).toBe('{"version": "1", ');
  });

  it('with a number that does not survive keeps it as it is written, to be mended', () => {
    const source = '{"version": "1", "default": "deny", "costs": {"a": 9007199254740993}, "tools": {}}';
    expect(readImport(source)).toMatchObject({ text: source, errors: [{ pointer: '/costs/a' }] });
  });

  it('of anything else is refused, with why', () => {
    const { text, errors } = readImport('just words');
    expect(text).toBeUndefined();
    expect(errors.length).toBeGreaterThan(0);
  });
});

it('a name that is taken gets the first number that is free', () => {
  expect(freeName('Mine', ['Other'])).toBe('Mine');
  expect(freeName('Mine', ['Mine', 'Mine 2'])).toBe('Mine 3');
});

describe('the tools of the builder', () => {
  const tool = (name: string, category: Tool['category']): Tool => ({
    name,
    digest: name,
    category,
    because: '',
    corrected: false,
    standsOut: [],
    inputSchema: { type: 'object', properties: { prompt: {}, size: {} } },
  });
  const policy = { version: '1', default: 'deny', tools: { make: {}, gone: {} }, hide: ['old', '*'] };

  it('stand by category, then what only the policy names', () => {
    const tools = [
      tool('look', 'read'),
      tool('other', 'write'),
      tool('make', 'spend'),
      tool('burn', 'destructive'),
    ];
    const groups = toolGroups(policy, tools).map(({ tools: rows }) => rows.map(({ name }) => name));
    expect(groups).toEqual([['make'], ['burn'], ['other'], ['look'], ['gone', 'old']]);
    expect(toolGroups(policy, tools).at(-1)?.title).toBe('Not offered by the upstream');
  });

  it('are those of the policy while the upstream is not known, without a word on what it offers', () => {
    expect(toolGroups(policy, undefined).map(({ title, tools: rows }) => [title, rows.length])).toEqual([
      ['Named in the policy', 3],
    ]);
  });

  it('have the arguments of their schema', () => {
    expect(argumentNames(tool('make', 'spend'))).toEqual(['prompt', 'size']);
    expect(argumentNames(undefined)).toEqual([]);
  });

  it('can be counted where they are numbers', () => {
    const properties = {
      prompt: { type: 'string' },
      loop: { type: 'boolean' },
      seconds: { type: 'integer' },
      price: { type: ['number', 'null'] },
      size: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      any: true,
    };
    const counted = { ...tool('make', 'spend'), inputSchema: { type: 'object', properties } };
    expect(numberNames(counted)).toEqual(['seconds', 'price', 'size']);
    expect(numberNames(undefined)).toEqual([]);
  });
});
