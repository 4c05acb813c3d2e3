import { describe, expect, it } from 'vitest';
import { tokenPlaceholder } from '../../../main/connect/connect.ts';
import { MASK, maskJson, maskLine, TOKEN_PLACEHOLDER } from '../../../shared/mask.ts';

describe('the secrets in a configuration file', () => {
  it.each([
    ['    "Authorization": "Bearer abc.def-123",', `    "Authorization": "Bearer ${MASK}",`],
    ['"ACEDATACLOUD_API_TOKEN": "0123456789"', `"ACEDATACLOUD_API_TOKEN": "${MASK}"`],
    ['{"a":{"apiKey":"k","password":"p \\" q"}}', `{"a":{"apiKey":"${MASK}","password":"${MASK}"}}`],
    ["api_key = 'k'", `api_key = '${MASK}'`],
    [
      'http_headers = { Authorization = "Bearer x", Accept = "*/*" }',
      `http_headers = { Authorization = "Bearer ${MASK}", Accept = "*/*" }`,
    ],
    [
      '"args": ["--header", "Authorization: Bearer x1", "--api-key=k1"]',
      `"args": ["--header", "Authorization: Bearer ${MASK}", "--api-key=${MASK}"]`,
    ],
    [
      '"url": "https://me:pass@example.com/?token=t1&a=b"',
      `"url": "https://${MASK}@example.com/?token=${MASK}&a=b"`,
    ],
    ['"anything": "sk-abcdefghijklmnop"', `"anything": "${MASK}"`],
  ])('are masked: %s', (line, masked) => {
    expect(maskLine(line)).toBe(masked);
  });

  it.each([
    '"command": "npx",',
    '"type": "http", "url": "http://127.0.0.1:4747/mcp"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how clients name a variable.
    '"Authorization": "Bearer ${LUMA_TOKEN}"',
    `"Authorization": "Bearer ${TOKEN_PLACEHOLDER}"`,
    '"max_tokens": 5',
    '"monkey": "banana"',
  ])('are not seen where there are none: %s', (line) => {
    expect(maskLine(line)).toBe(line);
  });

  it('leave the placeholder that Greenlight writes', () => {
    expect(TOKEN_PLACEHOLDER).toBe(tokenPlaceholder);
  });
});

describe('the secrets in an entry', () => {
  it('are masked by the names of what holds them and by their form', () => {
    expect(
      maskJson({
        command: 'x',
        args: ['--token', 't1', '--port', '5', '--api-key=k1', 'Authorization: Bearer b1'],
        env: { LUMA_TOKEN: 't2', MODE: 'fast', AUTH: 'Basic b2' },
        headers: [{ 'X-Api-Key': 'k2' }],
        nested: { password: 5, on: true, none: null },
      }),
    ).toEqual({
      command: 'x',
      args: ['--token', MASK, '--port', '5', `--api-key=${MASK}`, `Authorization: Bearer ${MASK}`],
      env: { LUMA_TOKEN: MASK, MODE: MASK, AUTH: `Basic ${MASK}` },
      headers: [{ 'X-Api-Key': MASK }],
      nested: { password: 5, on: true, none: null },
    });
  });

  it('are masked wherever any value may be one', () => {
    expect(
      maskJson({
        args: [
          '--header',
          'X-Any: raw 1',
          '--header=X-Any: raw 2',
          '-e',
          'API=raw 3',
          '--env=A=raw 4',
          'mcp-luma',
        ],
        http_headers: { 'X-Any': ['raw 5'] },
        token: { value: 'raw 6', of: { deep: 'raw 7' } },
        env: { PLAIN: 'raw 8', REFERENCE: '$HOME' },
      }),
    ).toEqual({
      args: [
        '--header',
        `X-Any: ${MASK}`,
        `--header=X-Any: ${MASK}`,
        '-e',
        `API=${MASK}`,
        `--env=A=${MASK}`,
        'mcp-luma',
      ],
      http_headers: { 'X-Any': [MASK] },
      token: { value: MASK, of: { deep: MASK } },
      env: { PLAIN: MASK, REFERENCE: '$HOME' },
    });
  });

  it('are shown in whatever way they are asked for, each once', () => {
    const seen: string[] = [];
    const shown = maskJson(
      { headers: { Authorization: 'Bearer glt_0123456789abc' }, url: 'http://u:p@h/' },
      (secret) => {
        seen.push(secret);
        return `${MASK} (${seen.length})`;
      },
    );
    expect(seen).toEqual(['glt_0123456789abc', 'u:p']);
    expect(shown).toEqual({ headers: { Authorization: `Bearer ${MASK} (1)` }, url: `http://${MASK} (2)@h/` });
  });

  it('keep a name that is no name of objects', () => {
    expect(JSON.stringify(maskJson(JSON.parse('{"__proto__":{"token":"t"}}')))).toBe(
      `{"__proto__":{"token":"${MASK}"}}`,
    );
  });

  it.each(['x', 'a.-', 'a-', 'sk-', '-token', 'eyJ-', '?key', 'Bearer ', '"', 'a='])(
    'are looked for in a text as long as anybody writes: %s',
    (part) => {
      // Steps that grew with the square of the length would not end within the test's time.
      const text = part.repeat(500_000 / part.length);
      expect(maskLine(text).length).toBeGreaterThan(0);
    },
  );
});
