import fc from 'fast-check';
import { parse as parseJsonc } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { editConfig } from '../../../main/connect/document.ts';

const at = ['mcpServers', 'greenlight'];
const value = { url: 'http://127.0.0.1:4747/mcp' };
const add = (text: string) => editConfig('json', text, '/c.json', [{ at, value }]);
const remove = (text: string, name = 'greenlight') =>
  editConfig('json', text, '/c.json', [{ at: ['mcpServers', name] }]);

describe('adding an entry to JSON', () => {
  test.each([
    ['nothing', '', '{\n  "mcpServers": {\n    "greenlight": {\n      "url": "URL"\n    }\n  }\n}\n'],
    ['an empty object', '{}', '{\n  "mcpServers": {\n    "greenlight": {\n      "url": "URL"\n    }\n  }\n}'],
    [
      'four spaces and an empty list of servers',
      '{\n    "a": [1,2],\n    "mcpServers": {}\n}\n',
      '{\n    "a": [1,2],\n    "mcpServers": {\n        "greenlight": {\n            "url": "URL"\n        }\n    }\n}\n',
    ],
    [
      'tabs and another server',
      '{\n\t"mcpServers": {\n\t\t"a": {"command":"x"}\n\t}\n}',
      '{\n\t"mcpServers": {\n\t\t"a": {"command":"x"},\n\t\t"greenlight": {\n\t\t\t"url": "URL"\n\t\t}\n\t}\n}',
    ],
    [
      'one line',
      '{"a":1,"mcpServers":{"b":{"command":"x"}}}',
      '{"a":1,"mcpServers":{"b":{"command":"x"},"greenlight":{"url":"URL"}}}',
    ],
    ['one line without servers', '{"a": 1}', '{"a": 1, "mcpServers": {"greenlight":{"url":"URL"}}}'],
    [
      'servers on one line',
      '{\n  "mcpServers": { "b": { "command": "x" } }\n}',
      '{\n  "mcpServers": { "b": { "command": "x" }, "greenlight": {"url":"URL"} }\n}',
    ],
    [
      'comments and a trailing comma',
      '// mine\n{\n  "mcpServers": {\n    "b": {}, // keep\n    /* and this */\n  }, // too\n}\n',
      '// mine\n{\n  "mcpServers": {\n    "b": {}, // keep\n    /* and this */\n    "greenlight": {\n      "url": "URL"\n    },\n  }, // too\n}\n',
    ],
    [
      'a comment after the last entry',
      '{\n  "mcpServers": {\n    "b": {} // b, of course\n    // "c": {}\n  }\n}\n',
      '{\n  "mcpServers": {\n    "b": {}, // b, of course\n    // "c": {}\n    "greenlight": {\n      "url": "URL"\n    }\n  }\n}\n',
    ],
    [
      'nothing but a comment in the braces',
      '{\n  "mcpServers": {\n    // none yet\n  }\n}\n',
      '{\n  "mcpServers": {\n    // none yet\n    "greenlight": {\n      "url": "URL"\n    }\n  }\n}\n',
    ],
    [
      'Windows line ends and a byte order mark',
      '\uFEFF{\r\n  "a": 1\r\n}\r\n',
      '\uFEFF{\r\n  "a": 1,\r\n  "mcpServers": {\r\n    "greenlight": {\r\n      "url": "URL"\r\n    }\r\n  }\r\n}\r\n',
    ],
  ])('%s', (_, before, after) => {
    expect(add(before)).toBe(after.replace('URL', value.url));
  });

  test('an entry that is there is replaced where it is', () => {
    const text = '{\n  "mcpServers": {\n    "greenlight": { "url": "old" }, // ours\n    "b": {}\n  }\n}\n';
    expect(add(text)).toBe(
      `{\n  "mcpServers": {\n    "greenlight": {\n      "url": "${value.url}"\n    }, // ours\n    "b": {}\n  }\n}\n`,
    );
  });

  test('doubled members are left alone rather than guessed at', () => {
    const text = '{\n  "mcpServers": { "a": {} },\n  "mcpServers": { "b": {} }\n}';
    expect(parseJsonc(add(text)).mcpServers).toEqual({ b: {}, greenlight: value });
    expect(() => remove('{"mcpServers": {"greenlight": {}, "greenlight": {"url": "x"}}}')).toThrow(
      'Greenlight cannot change safely',
    );
  });
});

describe('removing an entry from JSON', () => {
  test.each([
    ['the first', '{"mcpServers": {\n  "x": {},\n  "b": {}\n}}', '{"mcpServers": {\n  "b": {}\n}}'],
    ['the last', '{"mcpServers": {\n  "b": {},\n  "x": {}\n}}', '{"mcpServers": {\n  "b": {}\n}}'],
    ['the only one', '{\n  "mcpServers": {\n    "x": {}\n  }\n}', '{\n  "mcpServers": {}\n}'],
    ['one of a line', '{"mcpServers": { "a": 1, "x": {}, "b": 2 }}', '{"mcpServers": { "a": 1, "b": 2 }}'],
    ['the end of a line', '{"mcpServers": { "a": 1, "x": {} }}', '{"mcpServers": { "a": 1 }}'],
    [
      'one among comments',
      '{"mcpServers": {\n  "b": {}, // b\n  // about x\n  "x": {\n    "y": 1\n  } // x\n  // end\n}}',
      '{"mcpServers": {\n  "b": {} // b\n  // about x\n  // x\n  // end\n}}',
    ],
    [
      'one with a trailing comma',
      '{"mcpServers": {\n  "b": {},\n  "x": {},\n}}',
      '{"mcpServers": {\n  "b": {},\n}}',
    ],
    ['one that is not there', '{"mcpServers": {"b": {}}}', '{"mcpServers": {"b": {}}}'],
    ['one of no servers', '{"a": 1}', '{"a": 1}'],
  ])('%s', (_, before, after) => {
    expect(remove(before, 'x')).toBe(after);
  });
});

test('adding and then removing an entry gives the same text back, whatever the document', () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>;
  const servers = fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
    json,
    {
      minKeys: 1,
    },
  );
  const documents = fc.record({
    before: json,
    servers: servers.filter((map) => !('greenlight' in map)),
    after: json,
    indent: fc.constantFrom('', '  ', '    ', '\t'),
    eol: fc.constantFrom('\n', '\r\n'),
  });
  fc.assert(
    fc.property(documents, ({ before, servers, after, indent, eol }) => {
      const text = JSON.stringify({ before, mcpServers: servers, after }, null, indent).replaceAll('\n', eol);
      const added = add(text);
      expect(JSON.parse(added).mcpServers.greenlight).toEqual(value);
      expect(remove(added)).toBe(text);
    }),
  );
});

describe('TOML', () => {
  const place = ['mcp_servers', 'greenlight'];
  const set = (text: string) => editConfig('toml', text, '/c.toml', [{ at: place, value }]);
  const drop = (text: string, name = 'greenlight') =>
    editConfig('toml', text, '/c.toml', [{ at: ['mcp_servers', name] }]);
  const block = `[mcp_servers.greenlight]\nurl = "${value.url}"\n`;
  const mine = `# mine\nmodel = "gpt-5" # the good one\n\n[mcp_servers.a]\ncommand = "x"\nargs = [\n  "-y",\n]\n`;

  test('a table is added at the end, and everything above stays', () => {
    expect(set(mine)).toBe(`${mine}\n${block}`);
    expect(set('')).toBe(block);
    expect(set('a = 1')).toBe(`a = 1\n\n${block}`);
    expect(set('a = 1\r\n')).toBe(`a = 1\r\n\r\n${block.replaceAll('\n', '\r\n')}`);
  });

  test('adding and then removing a table gives the same text back', () => {
    expect(drop(set(mine))).toBe(mine);
  });

  test('a table goes with the tables in it; the comments of its neighbours stay', () => {
    const text = `${mine}\n[mcp_servers.x]\nurl = "u"\n# inside\n\n[mcp_servers."x".http_headers]\nA = """\n[mcp_servers.a]\n"""\n\n# about b\n[b]\nc = 1979-05-27\n`;
    expect(() => drop(text, 'x')).toThrow('cannot change safely');
    const plain = text.replace('"""\n[mcp_servers.a]\n"""', '"v"');
    expect(drop(plain, 'x')).toBe(`${mine}\n# about b\n[b]\nc = 1979-05-27\n`);
  });

  test('an entry that is there is replaced', () => {
    expect(set(`${block.replace(value.url, 'old')}\n[b]\nc = 1\n`)).toBe(`[b]\nc = 1\n\n${block}`);
  });

  test.each([
    ['an inline table', 'mcp_servers = { greenlight = { url = "old" } }\n'],
    ['dotted keys', '[mcp_servers]\ngreenlight.url = "old"\n'],
  ])('%s is refused, and the snippet offered', (_, text) => {
    expect(() => set(text)).toThrow('/c.toml is written in a way that Greenlight cannot change safely');
  });
});

describe('what cannot be read is refused with its place', () => {
  test.each([
    [
      'json',
      '{\n  "a": 1\n  "b": 2\n}',
      /^\/c is not valid JSON: line 3, column 3: comma expected\. Nothing/,
    ],
    ['json', '{"a": }', /line 1, column 7: value expected/],
    ['json', '{"a": "b', /line 1, column 7: /],
    ['json', '[1]', /line 1, column 1: an object in braces was expected/],
    ['json', '// only this', /line 1, column \d+: /],
    ['toml', 'a = 1\nb = \n', /^\/c is not valid TOML: line 2, column \d+: /],
  ] as const)('%s %j', (format, text, message) => {
    expect(() => editConfig(format, text, '/c', [{ at, value }])).toThrow(message);
  });

  test('servers that are no map are refused', () => {
    expect(() => add('{"mcpServers": []}')).toThrow('“mcpServers” should be a list of servers by name');
  });
});
