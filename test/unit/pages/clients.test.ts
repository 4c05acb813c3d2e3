import { describe, expect, it } from 'vitest';
import { tokenPlaceholder } from '../../../main/connect/connect.ts';
import { MASK, maskLine, TOKEN_PLACEHOLDER } from '../../../renderer/clients/mask.ts';

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
