import { describe, expect, test } from 'vitest';
import { createFindWays, isExempt, isLoopback, SYSTEM } from '../../../main/base/network/proxies.ts';

const LUMA = new URL('https://luma.example/mcp');
const found = async (env: Record<string, string>, url: string | URL = LUMA, pac?: string) => {
  const system = pac === undefined ? undefined : async () => pac;
  const ways = await createFindWays(env, system)(new URL(url));
  const words = ways.map((way) =>
    way === undefined ? 'direct' : `${way.from} ${way.url.origin === 'null' ? way.url.href : way.url.origin}`,
  );
  return words.length > 1 ? words : ways[0] && words[0];
};

describe('the proxy of an address', () => {
  test.each([
    [{}, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
    [{ HTTPS_PROXY: 'http://one:3128' }, 'HTTPS_PROXY http://one:3128'],
    [{ https_proxy: 'http://one:3128' }, 'https_proxy http://one:3128'],
    [{ https_proxy: 'http://small:1', HTTPS_PROXY: 'http://large:1' }, 'https_proxy http://small:1'],
    [{ HTTPS_PROXY: ' one:3128 ' }, 'HTTPS_PROXY http://one:3128'],
    [{ HTTPS_PROXY: 'https://one' }, 'HTTPS_PROXY https://one'],
    [{ HTTPS_PROXY: 'http://me:secret@one:3128' }, 'HTTPS_PROXY http://one:3128'],
    [{ HTTP_PROXY: 'http://one:3128' }, undefined],
    [{ ALL_PROXY: 'http://all:3128' }, 'ALL_PROXY http://all:3128'],
    [{ ALL_PROXY: 'http://all:1', HTTPS_PROXY: 'http://one:1' }, 'HTTPS_PROXY http://one:1'],
    [{ HTTPS_PROXY: 'http://one:3128', NO_PROXY: 'luma.example' }, undefined],
    [
      { HTTPS_PROXY: 'http://one:3128', no_proxy: 'other.example', NO_PROXY: '*' },
      'HTTPS_PROXY http://one:3128',
    ],
  ])('by the environment %j is %s', async (env, expected) => {
    expect(await found(env)).toBe(expected);
  });

  test('of plain HTTP has a variable of its own', async () => {
    const env = { HTTP_PROXY: 'http://plain:1', HTTPS_PROXY: 'http://secure:1' };
    expect(await found(env, 'http://luma.example/')).toBe('HTTP_PROXY http://plain:1');
    expect(await found(env)).toBe('HTTPS_PROXY http://secure:1');
  });

  test.each([
    ['DIRECT', undefined],
    ['', undefined],
    ['PROXY one:3128; DIRECT', [`${SYSTEM} http://one:3128`, 'direct']],
    ['PROXY one:1;PROXY two:2;', [`${SYSTEM} http://one:1`, `${SYSTEM} http://two:2`]],
    ['DIRECT; PROXY one:3128', ['direct', `${SYSTEM} http://one:3128`]],
    ['HTTPS one:443', `${SYSTEM} https://one`],
    ['SOCKS5 one:1080', `${SYSTEM} socks5://one:1080`],
  ])('by the system, which says %j, is %s', async (pac, expected) => {
    expect(await found({}, LUMA, pac)).toEqual(expected);
  });

  test('is the environment’s before the system’s, and so is that there is none', async () => {
    const env = { HTTPS_PROXY: 'http://one:1' };
    expect(await found(env, LUMA, 'PROXY two:2')).toBe('HTTPS_PROXY http://one:1');
    expect(await found({ ...env, NO_PROXY: '.example' }, LUMA, 'PROXY two:2')).toBeUndefined();
  });

  test.each(['http://', 'http://:3128', 'one two', '://one'])(
    'is none at all where it is named as %j: nothing goes directly instead',
    async (value) => {
      const error = await found({ HTTPS_PROXY: value }).catch((reason: Error) => reason.message);
      expect(error).toMatch(/^HTTPS_PROXY is not the address of a proxy. Set it/);
    },
  );

  test.each([
    'http://localhost:4747/mcp',
    'http://LOCALHOST/',
    'http://a.localhost/',
    'http://localhost./',
    'https://127.0.0.1/',
    'http://127.8.9.1:1/',
    'http://2130706433/',
    'http://0.0.0.0:1/',
    'http://[::1]:4747/',
    'http://[::ffff:127.0.0.1]/',
  ])('%s is on this computer, and has none', async (url) => {
    expect(isLoopback(new URL(url))).toBe(true);
    expect(await found({ HTTP_PROXY: 'http://one', HTTPS_PROXY: 'http://one' }, url, 'PROXY one:1')).toBe(
      undefined,
    );
  });

  test.each([
    'http://localhost.example/',
    'http://128.0.0.1/',
    'http://[2001:db8::1]/',
    'http://mylocalhost/',
  ])('%s is elsewhere', (url) => expect(isLoopback(new URL(url))).toBe(false));
});

test.each([
  ['luma.example', 'https://luma.example/', true],
  ['LUMA.example', 'https://luma.example/', true],
  ['luma.example', 'https://luma.example./', true],
  ['example', 'https://luma.example/', true],
  ['.example', 'https://luma.example/', true],
  ['.luma.example', 'https://luma.example/', true],
  ['*.example', 'https://luma.example/', true],
  ['*.luma.example', 'https://luma.example/', false],
  ['ma.example', 'https://luma.example/', false],
  ['other, luma.example', 'https://luma.example/', true],
  ['other luma.example', 'https://luma.example/', true],
  ['*', 'https://luma.example/', true],
  ['luma.example:443', 'https://luma.example/', true],
  ['luma.example:8443', 'https://luma.example/', false],
  ['luma.example:80', 'http://luma.example/', true],
  ['10.1.2.3', 'http://10.1.2.3/', true],
  ['10.0.0.0/8', 'http://10.1.2.3/', true],
  ['10.0.0.0/8', 'http://11.1.2.3/', false],
  ['10.0.0.0/99', 'http://10.1.2.3/', false],
  ['fd00::/8', 'http://[fd12::1]/', true],
  ['[fd12::1]', 'http://[fd12::1]/', true],
  ['fd12::1', 'http://[fd12::1]/', true],
  ['[fd12::1]:81', 'http://[fd12::1]/', false],
  ['', 'https://luma.example/', false],
  ['.', 'https://luma.example/', false],
  [',,', 'https://luma.example/', false],
])('NO_PROXY=%j exempts %s: %s', (list, url, expected) => {
  expect(isExempt(new URL(url), list)).toBe(expected);
});
