import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../main/proxy/messages.ts';

const parsed = (method: string, more: object = { id: 1 }) =>
  parseMessage(Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, ...more })));

describe('a method', () => {
  it.each(['tools/call', 'tools/list', 'notifications/progress', 'x-vendor.do_it$2', 'a'.repeat(256)])(
    '%s is one',
    (method) => {
      expect(parsed(method)).toMatchObject({ ok: true, value: { kind: 'request', method } });
      expect(parsed(method, {})).toMatchObject({ ok: true, value: { kind: 'notification', method } });
    },
  );

  const looks = {
    'ends with a NUL': 'tools/call\u0000',
    'holds a zero-width space': 'tools\u200B/call',
    'holds a word joiner': 'tools/\u2060call',
    'holds a soft hyphen': 'tools/ca\u00ADll',
    'holds a backspace': 'tools/callx\u0008',
    'begins with a blank': ' tools/call',
    'ends with a line end': 'tools/call\r\n',
    'ends with a no-break space': 'tools/call\u00A0',
    'has a byte order mark': '\uFEFFtools/call',
    'is of another width': 'ｔｏｏｌｓ/call',
    'has a letter of another script': 'tools/c\u0430ll',
    'is written from right to left': '\u202Etools/call',
    'is of another case': 'Tools/Call',
    'is empty': '',
    'is longer than any name': 'a'.repeat(257),
  };
  it.each(Object.entries(looks))('that %s is refused, whatever it looks like', (_, method) => {
    for (const more of [{ id: 1 }, {}, { id: 'x', params: { name: 'luma_generate_video', arguments: {} } }])
      expect(parsed(method, more)).toMatchObject({ ok: false, code: -32600 });
  });

  it('that is refused is shown so that it can be seen', () => {
    const refused = parsed('tools/call\u0000');
    expect(refused.ok ? '' : refused.message).toBe(
      'The method "tools/call\\u0000" is no name: printable ASCII without blanks.',
    );
  });
});
