import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { access, createHome, mcpUrl } from './home.ts';

const file = '.config/goose/config.yaml';
const ours = 'greenlight:';

const real = `# my goose
active_provider: anthropic   # keep

extensions:
  # the one that everybody has
  developer:
    bundled: true
    enabled: true
    name: developer
    type: builtin

  luma:
    enabled: true
    type: streamable_http
    uri: https://luma.mcp.acedata.cloud/mcp
    headers:
      Authorization: "Bearer secret"   # do not share
  memory: { bundled: true, enabled: false, name: memory, type: builtin }
GOOSE_MODE: 'smart_approve'
`;

test.each([
  ['holds itself', 'extensions:\n  a: &a\n    x: *a\n'],
  ['holds itself more than once', 'extensions: &a\n  a: [*a, *a]\n'],
])('a document that %s is refused', (_, text) => {
  const home = createHome();
  home.write(file, text);
  expect(home.connect.targets(mcpUrl).find(({ id }) => id === 'goose')?.note).toMatch(
    /config\.yaml holds more than 1,000 levels .* something within itself.*correct the file/,
  );
  expect(() => home.connect.apply('goose', access)).toThrow('Nothing was changed');
  expect(home.read(file)).toBe(text);
});

describe('a YAML configuration', () => {
  test('keeps everything but the entries that are named', () => {
    const home = createHome();
    home.write(file, real);
    const applied = home.connect.apply('goose', access);
    expect(applied.upstream).toEqual({
      kind: 'http',
      url: 'https://luma.mcp.acedata.cloud/mcp',
      token: 'secret',
    });
    const after = home.read(file);
    const [start, rest = ''] = real.split('  luma:\n');
    const others = rest.slice(rest.indexOf('  memory'));
    const [memory = '', mode = ''] = others.split('GOOSE_MODE');
    expect(after.startsWith(`${start}${memory}  ${ours}\n`)).toBe(true);
    expect(after.endsWith(`GOOSE_MODE${mode}`)).toBe(true);
    home.connect.undo('goose');
    expect(home.read(file)).toBe(real);
  });

  test('with edits made since is undone entry by entry', () => {
    const home = createHome();
    home.write(file, real);
    home.connect.apply('goose', access);
    home.write(file, `${home.read(file)}GOOSE_MAX_TURNS: 5\n`);
    home.connect.undo('goose');
    expect(parse(home.read(file))).toEqual({ ...parse(real), GOOSE_MAX_TURNS: 5 });
    expect(home.read(file)).toContain('# the one that everybody has');
  });

  test.each([
    ['nothing', ''],
    ['comments only', '# nothing yet\n'],
    ['no line end', 'GOOSE_MODE: auto'],
    ['a key without a value', 'extensions:\nGOOSE_MODE: auto\n'],
    ['a key without a value at the end', 'GOOSE_MODE: auto\nextensions:'],
    ['an empty mapping', 'extensions: {}   # none\nGOOSE_MODE: auto\n'],
    ['four spaces', 'extensions:\n    a:\n        type: builtin\n'],
    ['a block of text at the end', 'extensions:\n  a:\n    description: |\n      two\n      lines\n\nx: 1\n'],
    ['a list at the end', 'extensions:\n  a:\n    args:\n      - one\n      - two\nx: 1\n'],
    ['Windows line ends', 'extensions:\r\n  a:\r\n    type: builtin\r\nx: 1\r\n'],
    ['Greenlight’s entry already', `extensions:\n  ${ours}\n    uri: ${mcpUrl}\nx: 1\n`],
    ['a start of the document', '---\nextensions:\n  a:\n    type: builtin\n'],
  ])('with %s gets the entry, and is undone to the byte', (_, text) => {
    const home = createHome();
    home.write(file, text);
    home.connect.apply('goose', access);
    const after = home.read(file);
    const { extensions, ...rest } = parse(after);
    const { extensions: old = {}, ...others } = parse(text) ?? {};
    expect(rest).toEqual(others);
    expect(extensions).toEqual({ ...old, greenlight: expect.objectContaining({ uri: mcpUrl }) });
    if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toContain('\n');
    home.connect.undo('goose');
    expect(home.read(file)).toBe(text);
  });

  test.each([
    ['a mapping in braces', 'extensions: { a: { type: builtin } }\n', 'cannot change safely'],
    ['a list of extensions', 'extensions:\n  - a\n', 'should be a list of servers by name'],
    ['a fault', 'extensions:\n  a: [\n', 'is not valid YAML: line'],
    ['a name that is there twice', 'a: 1\na: 2\n', 'is not valid YAML: line 2'],
    ['a reference to nothing', 'a: *b\n', 'is not valid YAML'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'is not valid YAML'],
  ])('with %s is left as it is', (_, text, words) => {
    const home = createHome();
    home.write(file, text);
    expect(() => home.connect.apply('goose', access)).toThrow(words);
    expect(home.read(file)).toBe(text);
  });
});
