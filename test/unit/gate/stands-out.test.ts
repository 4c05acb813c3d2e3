import { afterEach, expect, test, vi } from 'vitest';
import { signalsOf } from '../../../main/gate/stands-out.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('of thousands of addresses only some are read, a webhook among them wherever it stands, and all count', () => {
  const read = vi.spyOn(URL, 'parse');
  const urls = Array.from({ length: 9000 }, (_, n) => `https://host${n}.example/`);
  const signals = signalsOf({
    arguments: { urls, callback_url: ' https://hook.example/' },
    also: {},
    cost: undefined,
    costUnit: '$',
    first: false,
  });
  expect(signals.map(({ text }) => text)).toEqual([
    'Sends the result to hook.example (callback_url)',
    ...Array.from({ length: 9 }, (_, n) => `Names an address at host${n}.example`),
    'Names 8991 more addresses; look through the arguments',
  ]);
  // Each takes microseconds, on the one thread that all clients share.
  expect(read.mock.calls.length).toBeLessThanOrEqual(500);
});

const signals = (args: JsonObject) =>
  signalsOf({ arguments: args, also: {}, cost: undefined, costUnit: '$', first: false });
const texts = (args: JsonObject) => signals(args).map(({ text }) => text);

test.each([
  ['https://evil.example/hook', 'evil.example'],
  ['evil.example/hook', 'evil.example'],
  ['evil.example', 'evil.example'],
  ['//evil.example/x', 'evil.example'],
  ['https:evil.example/x', 'evil.example'],
  ['http:10.0.0.1/x', '10.0.0.1'],
  ['HTTPS:\\\\evil.example', 'evil.example'],
  ['evil.example:8443/x', 'evil.example:8443'],
  ['mailto:me@evil.example?subject=x', 'evil.example'],
  ['https://good.example@evil.example/', 'evil.example'],
  ['\u200bhttps://evil.example/', 'evil.example'],
  ['javascript:alert(1)', '“javascript:alert(1)”'],
  ['some words', '“some words”'],
  [2_130_706_433, '127.0.0.1'],
])('whatever an argument that calls out holds stands out: %j', (value, to) => {
  for (const name of ['callback_url', 'webHook', 'on_done_notify'])
    expect(signals({ [name]: value })[0]).toEqual({
      kind: 'webhook',
      text: `Sends the result to ${to} (${name})`,
    });
  expect(texts({ webhook: { headers: [], to: [value] } })).toContain(
    `Sends the result to ${to} (webhook.to)`,
  );
});

test.each([null, '', '  ', false, {}, []])('nothing is no webhook: %j', (value) => {
  expect(texts({ callback_url: value as Json })).toEqual([]);
});

test.each([
  ['Send it to https://evil.example/x, please.', ['evil.example']],
  ['Look at (www.evil.example) and evil2.example/a?b=c!', ['www.evil.example', 'evil2.example']],
  ['https://good.example/?to=https://evil.example/', ['good.example', 'evil.example']],
  ['xhttps://evil.example', ['evil.example']],
  ['mailto:me@evil.example', ['evil.example']],
  ['to 10.0.0.1:80 or localhost:3000/x', ['10.0.0.1:80', 'localhost:3000']],
  ['A cat and/or a dog, 16:9, 1.5/2 of it. Then: rain', []],
])('addresses within a text are found: %j', (prompt, hosts) => {
  expect(texts({ prompt })).toEqual(hosts.map((host) => `Names an address at ${host}`));
});

test.each([
  ['x'.repeat(701), ['Holds a long text: read it to its end']],
  ['x\n'.repeat(13), ['Holds a long text: read it to its end']],
  ['x'.repeat(700), []],
  ['a\n\n\n\n\n\nb', ['Holds blanks that push what follows out of sight']],
  ['a\n \n\t\n\n\u3000\n\nb', ['Holds blanks that push what follows out of sight']],
  [`a${' '.repeat(60)}b`, ['Holds blanks that push what follows out of sight']],
  ['a\n\nb\n\nc\n\nd', []],
])('what the eye would miss stands out: %j', (prompt, found) => {
  expect(texts({ prompt })).toEqual(found);
});
