import { describe, expect, it } from 'vitest';
import { keptArguments, loggedArguments, maskSecrets } from '../../../main/gate/redact.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';

const MASK = '[masked]';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r';

describe('masking', () => {
  it.each([
    'password',
    'PASSWORD',
    'userPassword',
    'passphrase',
    'token',
    'access_token',
    'refreshToken',
    'apiKey',
    'api_key',
    'x-api-key',
    'APIKEY',
    'secret',
    'clientSecret',
    'client-secret',
    'secretAccessKey',
    'private_key',
    'authorization',
    'Authorization',
    'proxy-auth',
    'credentials',
    'Cookie',
    'db_pass',
    'pwd',
  ])('hides the value of a member called %s, whatever it is', (name) => {
    expect(maskSecrets({ [name]: 'hunter2' })).toEqual({ [name]: MASK });
    expect(maskSecrets({ [name]: 1234 })).toEqual({ [name]: MASK });
    expect(maskSecrets({ deep: [{ [name]: { a: 'b' } }] })).toEqual({ deep: [{ [name]: MASK }] });
  });

  it.each([
    'prompt',
    'tokens',
    'max_tokens',
    'bypass',
    'compass',
    'author',
    'secretary',
    'keyboard',
    'monkey',
    'task_id',
  ])('shows the value of a member called %s', (name) => {
    expect(maskSecrets({ [name]: 'a cat' })).toEqual({ [name]: 'a cat' });
  });

  it('shows that a secret was absent or empty', () => {
    expect(maskSecrets({ token: null, password: '' })).toEqual({ token: null, password: '' });
  });

  const texts: [string, string][] = [
    ['use Bearer abc.DEF-123_456~+/= now', `use ${MASK} now`],
    [`jwt=${JWT};`, `jwt=${MASK};`],
    ['sk-proj-abcdefghijklmnop123456 is it', `${MASK} is it`],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', MASK],
    ['github_pat_11ABCDEFG0abcdefghijkl', MASK],
    ['glt_abcdefghijklmnopqrstuvwxyz0123456789', MASK],
    ['xoxb-123456789012-abcdefghijkl', MASK],
    ['AKIAIOSFODNN7EXAMPLE', MASK],
    ['AIzaSyA1234567890abcdefghijklmnopqrstu', MASK],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', MASK],
    ['https://user:pa55@cdn.example/a.png', `https://${MASK}@cdn.example/a.png`],
    ['https://cdn.example/a.png?w=1&sig=abc&h=2', `https://cdn.example/a.png?w=1&sig=${MASK}&h=2`],
    ['https://cdn.example/?X-Amz-Signature=abcdef#top', `https://cdn.example/?X-Amz-Signature=${MASK}#top`],
    [
      'see https://a.example/?access_token=x and more',
      `see https://a.example/?access_token=${MASK} and more`,
    ],
  ];
  it.each(texts)('hides the secret in %j', (text, shown) => {
    expect(maskSecrets({ prompt: text })).toEqual({ prompt: shown });
    expect(maskSecrets({ list: [text] })).toEqual({ list: [shown] });
  });

  it.each([
    'A skyscraper-filled-city at night, skateboarding-through-the-streets',
    'the bearer of bad news',
    'write to someone@example.com about https://cdn.example/a.png?width=100&height=2',
    'luma_generate_video_from_image',
    'A cat’s eyJ',
  ])('leaves %j as it is', (text) => {
    expect(maskSecrets({ prompt: text })).toEqual({ prompt: text });
  });

  it('keeps every member, also one called __proto__, and changes nothing in place', () => {
    const args = JSON.parse('{"__proto__":{"token":"x"},"a":{"token":"y"}}') as JsonObject;
    expect(JSON.stringify(maskSecrets(args))).toBe(
      `{"__proto__":{"token":"${MASK}"},"a":{"token":"${MASK}"}}`,
    );
    expect(JSON.stringify(args)).toBe('{"__proto__":{"token":"x"},"a":{"token":"y"}}');
  });

  // An agent chooses the text: each of these took minutes where a pattern could start anew within a run, and many
  // times as long as plain text where it looked a few characters back for each.
  it.each([
    'eyJ-',
    'a.',
    'a-',
    'x-',
    'a.b',
    'eyJaaaaaaaa.',
    '?token',
    'Bearer ',
    '-----BEGIN ',
    'sk-',
    'http:',
    '://a',
  ])('takes about as long for %j, again and again, as for any text', (piece) => {
    /** Processor time to mask a megabyte, at best. */
    const cost = (text: string) => {
      let best = Number.POSITIVE_INFINITY;
      for (let run = 0; run < 4; run += 1) {
        const before = process.cpuUsage();
        maskSecrets({ prompt: text });
        const { user, system } = process.cpuUsage(before);
        best = Math.min(best, user + system);
      }
      return best;
    };
    const plain = cost('A fox runs. '.repeat(2 ** 20 / 12));
    expect(cost(piece.repeat(2 ** 20 / piece.length)) / plain).toBeLessThan(8);
  });
});

describe('what is kept', () => {
  const KiB = 1024;
  const size = (value: unknown) => JSON.stringify(value).length;

  it('is all of it, up to 16 KiB', () => {
    const args = { prompt: 'fox '.repeat(3 * KiB), list: [1, null, true, { a: 'b' }] };
    expect(keptArguments(args, 'values')).toEqual(args);
    expect(loggedArguments(args, 'values')).toBe(JSON.stringify(args));
    expect(loggedArguments(args, 'names')).toBe('["prompt","list"]');
  });

  it('is cut and says so, each argument in its share', () => {
    const kept = keptArguments(
      {
        prompt: 'x'.repeat(200 * KiB),
        list: Array.from({ length: 9000 }, (_, n) => n),
        url: 'https://a.example/',
      },
      'values',
    );
    expect(kept).toMatchObject({
      prompt: expect.stringMatching(/^x+\[cut\] \d+ more characters$/),
      url: 'https://a.example/',
    });
    expect((kept.list as Json[]).at(-1)).toBe('[cut]');
    expect(size(kept)).toBeLessThanOrEqual(16 * KiB);
  });

  it('holds no beginning of a secret that was cut', () => {
    const kept = keptArguments(
      { prompt: `${'x '.repeat(2046)}Bearer abcdefghijkl`, more: 'y'.repeat(20 * KiB) },
      'values',
    );
    expect(kept.prompt).not.toContain('abc');
  });

  it.each([
    ['many names', Object.fromEntries(Array.from({ length: 9000 }, (_, n) => [`name-${n}`, n]))],
    ['long names', Object.fromEntries(Array.from({ length: 500 }, (_, n) => ['\u0001'.repeat(500) + n, n]))],
    ['lists in lists', { a: Array.from({ length: 90 }, () => Array.from({ length: 90 }, () => 'xxxxxxxx')) }],
    ['half a character', { prompt: '\ud83e\udd8a'.repeat(100 * KiB) }],
  ])('is bounded for %s, and says that it was cut', (_name, args: JsonObject) => {
    for (const keep of ['values', 'names'] as const) {
      expect(size(keptArguments(args, keep))).toBeLessThan(64 * KiB);
      expect(loggedArguments(args, keep).length).toBeLessThan(64 * KiB);
    }
    expect(loggedArguments(args, 'values')).toContain('[cut]');
    expect(loggedArguments(args, 'values').isWellFormed()).toBe(true);
  });
});
