import { describe, expect, it } from 'vitest';
import { suggestionsAt } from '../../../renderer/policies/completion.ts';

const tools = [
  { name: 'make', arguments: ['prompt', 'callback_url'] },
  { name: 'look', arguments: ['id'] },
];

/** What is suggested at the `|` of `text`, and what it would replace. */
function at(text: string) {
  const offset = text.indexOf('|');
  const whole = text.replace('|', '');
  const found = suggestionsAt(whole, offset, tools);
  return {
    labels: found?.suggestions.map(({ label }) => label) ?? [],
    replaced: found && whole.slice(found.from, found.to),
    inserts: found?.suggestions.map(({ insert }) => insert) ?? [],
  };
}

describe('completion', () => {
  it('suggests the keys of a place that are not there yet', () => {
    const { labels } = at('{"version": "1", |"tools": {}}');
    expect(labels).toContain('default');
    expect(labels).toContain('hide');
    expect(labels).not.toContain('version');
    expect(labels).not.toContain('deny_if');
  });

  it('suggests the keys of a rule, of a limit and of a predicate', () => {
    expect(at('{"tools": {"make": {"|"}}}').labels).toEqual(
      expect.arrayContaining(['action', 'deny_if', 'limits', 'require_approval']),
    );
    expect(at('{"all_tools": {"|"}}').labels).not.toContain('action');
    expect(at('{"all_tools": {"limits": [{"|"}]}}').labels).toEqual(
      expect.arrayContaining(['counter', 'window', 'max', 'scope']),
    );
    expect(at('{"tools": {"make": {"require_approval": {"when": [{"|"}]}}}}').labels.toSorted()).toEqual([
      'on_deny',
      'op',
      'path',
      'value',
    ]);
  });

  it('suggests tool names where tools are named', () => {
    expect(at('{"tools": {"make": {}, "|"}}').labels).toEqual(['look']);
    expect(at('{"costs": {"|": 1}}').labels).toEqual(['make', 'look']);
    expect(at('{"hide": ["|"]}').labels).toEqual(['"*"', '"make"', '"look"']);
  });

  it('suggests the values that are allowed at a place', () => {
    expect(at('{"default": "|"}').labels).toEqual(['"allow"', '"deny"', '"require_approval"']);
    expect(at('{"default": |}').labels).toEqual(['"allow"', '"deny"', '"require_approval"']);
    expect(at('{"all_tools": {"limits": [{"window": "|"}]}}').labels).toEqual([
      '"minute"',
      '"hour"',
      '"day"',
      '"month"',
    ]);
    expect(at('{"tools": {"make": {"deny_if": [{"op": "|"}]}}}').labels).toContain('"host_in"');
    expect(at('{"tools": {"make": {"validate_arguments": |}}}').labels).toEqual(['true', 'false']);
  });

  it("suggests the paths of the tool's own arguments", () => {
    expect(at('{"tools": {"make": {"deny_if": [{"path": "|"}]}}}').labels).toEqual([
      '"args"',
      '"args.prompt"',
      '"args.callback_url"',
    ]);
    expect(at('{"all_tools": {"limits": [{"increment_from": "|"}]}}').labels).toEqual([
      '"cost"',
      '"args.prompt"',
      '"args.callback_url"',
      '"args.id"',
    ]);
  });

  it('replaces the word at the place, and leaves the value behind a name alone', () => {
    expect(at('{"default": "al|"}').replaced).toBe('"al"');
    expect(at('{"def|": "deny"}')).toMatchObject({ replaced: '"def"' });
    expect(at('{"def|": "deny"}').inserts).toContain('"default"');
    expect(at('{"too|"}').inserts).toContain('"tools": {}');
    expect(at('{"too|"}').inserts).toContain('"hide": []');
  });
});
