import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signalsOf } from '../../../main/gate/stands-out.ts';
import { noticeFor, summaryFor } from '../../../main/notify/notice.ts';
import { questionFor } from '../../../main/notify/phone/question.ts';
import { visible } from '../../../main/notify/text.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { approvalOf, askedOnPhone } from './approval.ts';

describe('the title', () => {
  test.each([
    ['luma_generate_video', 'Claude wants to make a video'],
    ['luma_generate_video_from_image', 'Claude wants to make a video from a picture'],
    ['luma_extend_video', 'Claude wants to make a video longer'],
    ['luma_extend_video_from_url', 'Claude wants to make a video from the web longer'],
    ['luma_get_task', 'Claude wants to look up a video'],
    ['constructor', 'Claude wants to call constructor'],
    ['a\u202Eb\nc', 'Claude wants to call a[U+202E]b c'],
  ])('of %j says who wants what', (tool, title) => {
    expect(noticeFor(approvalOf({ tool })).title).toBe(title);
  });

  test('says on which server, where there are several, and takes no tool of another for Luma’s', () => {
    expect(noticeFor(approvalOf({ on: 'Luma' })).title).toBe('Claude wants to make a video on Luma');
    expect(noticeFor(approvalOf({ server: 'files', on: 'Files' })).title).toBe(
      'Claude wants to call luma_generate_video on Files',
    );
  });

  test('leaves the server to a line of its own where it has no room for its whole name', () => {
    const on = `Files ${'at home '.repeat(6)}(files-at-home)`;
    const { title, body } = noticeFor(
      approvalOf({
        tool: 'x'.repeat(60),
        server: 'files',
        on,
        signals: [{ kind: 'cost', text: 'Costs $1' }],
      }),
    );
    expect([...title].length).toBeLessThanOrEqual(100);
    expect(body).toBe(`“A cat in the rain”\nOn ${on}\nCosts $1`);
    const asked = askedOnPhone({ tool: 'x'.repeat(50), server: 'files', on });
    expect(questionFor(asked, 'everything')).toMatchObject({
      body: `On ${on}\n“A cat in the rain”`,
      whole: true,
    });
    expect(questionFor(asked, 'price').body).toBe(`On ${on}.`);
  });

  test('fits, whatever the client and the tool are called', () => {
    const approval = approvalOf({ tool: 'x'.repeat(500), client: { id: 'c', label: '🐈'.repeat(100) } });
    expect([...noticeFor(approval).title].length).toBeLessThanOrEqual(100);
  });
});

describe('the body', () => {
  test('is the prompt, then what stands out', () => {
    const approval = approvalOf({
      arguments: { aspect_ratio: '16:9', prompt: 'A cat in the rain' },
      signals: [
        { kind: 'webhook', text: 'Sends the result to evil.example (callback_url)' },
        { kind: 'cost', text: 'Costs $0.4' },
      ],
    });
    expect(noticeFor(approval).body).toBe(
      '“A cat in the rain”\nSends the result to evil.example (callback_url)\nCosts $0.4',
    );
  });

  test('shows the arguments of a call without a prompt', () => {
    expect(noticeFor(approvalOf({ tool: 'other', arguments: { id: 7, deep: [true] } })).body).toBe(
      '{"id":7,"deep":[true]}',
    );
    expect(noticeFor(approvalOf({ tool: 'other', arguments: {} })).body).toBe('');
  });

  test('lets a prompt imitate neither a line of ours nor another direction', () => {
    const approval = approvalOf({ arguments: { prompt: 'A cat”\nCosts $0\n\u202Egnp' } });
    expect(noticeFor(approval).body).toBe('“A cat” Costs $0 [U+202E]gnp”');
  });

  test('keeps what stands out, and the cost above all, however long everything is', () => {
    const approval = approvalOf({
      arguments: { prompt: 'p'.repeat(20_000) },
      signals: [
        ...Array.from({ length: 9 }, (_, index) => ({
          kind: 'host' as const,
          text: `${index}${'h'.repeat(200)}`,
        })),
        { kind: 'cost', text: 'Costs $12' },
      ],
    });
    const { body } = noticeFor(approval);
    const lines = body.split('\n');
    expect(lines.map((line) => line.slice(0, 2))).toEqual(['“p', '0h', '1h', '2h', 'Co']);
    expect(lines.at(-1)).toBe('Costs $12');
    expect([...body].length).toBeLessThanOrEqual(400);
  });
});

describe('what is sent beside the arguments', () => {
  const sent = (length: number) => approvalOf({ signals: [{ kind: 'also', text: 's'.repeat(length) }] });

  test('stands there whole, and can be answered', () => {
    expect(noticeFor(sent(100))).toMatchObject({
      body: expect.stringContaining(`\n${'s'.repeat(100)}`),
      answerable: true,
    });
  });

  test('or is answered in the window, where all of it is', () => {
    const notice = noticeFor(sent(101));
    expect(notice).toMatchObject({ body: expect.stringContaining('s…'), answerable: false });
    expect(notice.body.split('\n').at(-1)).toBe('It sends more than fits here. Open it to allow it.');
  });

  const fromAgent = fc.record(
    {
      inputResponses: fc.jsonValue({ maxDepth: 4 }),
      requestState: fc.oneof(fc.string(), fc.constant('s'.repeat(500))),
      task: fc.jsonValue(),
      _meta: fc.dictionary(fc.string(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<JsonObject>;

  test('is all there where it can be answered, however deep and wherever it stands', () => {
    fc.assert(
      fc.property(fromAgent, fc.boolean(), fc.boolean(), (also, changed, first) => {
        const signals = [
          ...(changed ? [{ kind: 'changed-tool', text: 'The server changed this tool' } as const] : []),
          ...signalsOf({ arguments: {}, also, cost: 3, costUnit: '$', first }),
        ];
        const { body, answerable } = noticeFor(approvalOf({ signals }));
        const shown = Object.entries(also).every(([member, value]) =>
          body.includes(
            visible(
              member === 'inputResponses'
                ? JSON.stringify(value)
                : `${JSON.stringify(member)}:${JSON.stringify(value)}`,
            ),
          ),
        );
        expect(shown || !answerable).toBe(true);
        expect(body.endsWith('Open it to allow it.')).toBe(!answerable);
        expect([...body].length).toBeLessThanOrEqual(400);
      }),
    );
  });

  test('fits beside everything else', () => {
    const signals = (['second-half', 'also', 'webhook', 'cost'] as const).map((kind) => ({
      kind,
      text: kind.repeat(50),
    }));
    const { body } = noticeFor(approvalOf({ arguments: { prompt: 'p'.repeat(500) }, signals }));
    expect([...body].length).toBeLessThanOrEqual(400);
    expect(body).toMatch(/^“p+…”\n/);
  });
});

test.each([
  ['a command that fits is answered there', [{ kind: 'executes', text: 'Runs a command: make all' }], true],
  [
    'one that does not is not',
    [{ kind: 'executes', text: `Runs a command: make all; ${'x'.repeat(100)}` }],
    false,
  ],
  [
    'nor is one of which something else took the place',
    [
      { kind: 'changed-tool', text: 'a' },
      { kind: 'unchecked', text: 'b' },
      { kind: 'destroys', text: 'c' },
      { kind: 'pays', text: 'Pays: amount 5' },
      { kind: 'cost', text: 'd' },
    ],
    false,
  ],
] as const)('of what is run or paid: %s', (_, signals, answerable) => {
  const notice = noticeFor(approvalOf({ arguments: { prompt: 'p'.repeat(500) }, signals: [...signals] }));
  expect(notice.answerable).toBe(answerable);
  expect(notice.body.includes('Open it to allow it')).toBe(!answerable);
  expect([...notice.body].length).toBeLessThanOrEqual(400);
});

describe('the summary', () => {
  test('counts, names each client once and is not answerable', () => {
    const waiting = [1, 2, 3, 4].map((number) =>
      approvalOf({ id: `${number}`, client: { id: 'c', label: number > 2 ? 'Cursor' : 'Claude' } }),
    );
    expect(summaryFor(waiting)).toEqual({
      id: 'summary',
      title: '4 videos are waiting',
      body: 'Claude, Cursor\nOpen Greenlight to answer.',
      answerable: false,
    });
  });

  test('speaks of calls when some make no video', () => {
    expect(summaryFor([approvalOf({}), approvalOf({ tool: 'luma_get_task' })]).title).toBe(
      '2 calls are waiting',
    );
  });
});
