import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmacOf } from '../../main/database/hmac.ts';

test('a code is what the library’s HMAC makes of it, whatever the text', () => {
  const ascii = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 128 });
  fc.assert(
    fc.property(ascii, fc.array(fc.string({ unit: 'binary' })), (key, texts) => {
      const hmac = hmacOf(key);
      for (const text of texts)
        expect(hmac(text)).toBe(createHmac('sha512', key).update(text).digest('binary'));
    }),
  );
});
