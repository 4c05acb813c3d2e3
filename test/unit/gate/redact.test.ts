import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../../../main/gate/redact.ts';
import type { JsonObject } from '../../../shared/json.ts';

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

  // An agent chooses the text: each of these took minutes where a pattern could start anew within a run.
  it.each([
    ['eyJ-', 'eyJ-'],
    ['a.', 'a.'],
    ['a-', 'a-'],
    ['eyJaaaaaaaa.', 'eyJaaaaaaaa.'],
    ['?token', '?token'],
    ['Bearer ', 'Bearer '],
    ['-----BEGIN ', '-----BEGIN '],
    ['sk-', 'x'],
    ['http:', 'http:'],
  ])('is done with a megabyte of %j at once', (piece) => {
    const text = piece.repeat(1_000_000 / piece.length);
    expect(JSON.stringify(maskSecrets({ prompt: text })).length).toBeGreaterThan(10);
  });
});
