import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createReceiver } from '../../../main/upstream/stdio/received.ts';

/** Whether a child's line is taken as a message. */
async function isTaken(line: string): Promise<boolean> {
  const taken: boolean[] = [];
  const receive = createReceiver({
    onMessage: () => taken.push(true),
    onNonsense: () => taken.push(false),
    onTooMuch: () => taken.push(false),
  });
  await receive(Buffer.from(`${line}\n`));
  expect(taken).toHaveLength(1);
  return taken[0] === true;
}

const ids = fc.oneof(fc.constantFrom<unknown>(7, 'a', '', null, 7.5, 2 ** 60, -1, [], {}), fc.jsonValue());
const results = fc.oneof(
  fc.jsonValue(),
  fc.record({ _meta: fc.jsonValue(), content: fc.jsonValue() }, { requiredKeys: [] }),
);
const messages = fc.record(
  {
    jsonrpc: fc.constantFrom('2.0', '2.0', '2.0', '1.0', 2),
    id: ids,
    result: results,
    error: fc.constantFrom({ code: 1, message: 'a' }, {}, null),
    method: fc.constantFrom('a/b', 1),
    more: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

// Most answers are plain results, which are told without the SDK's schema; it must never say otherwise.
test('a line is a message where the SDK says that it is one', async () => {
  await fc.assert(
    fc.asyncProperty(messages, async (message) => {
      const line = JSON.stringify(message);
      expect(await isTaken(line)).toBe(JSONRPCMessageSchema.safeParse(JSON.parse(line)).success);
    }),
    { numRuns: 2_000 },
  );
});
