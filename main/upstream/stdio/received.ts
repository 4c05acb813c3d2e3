import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { isJsonObject, type Json, ownMember } from '../../../shared/json.ts';
import { parseExact } from '../../base/exact-json.ts';
import { holdsTooMuch, LARGEST_MESSAGE } from '../../base/message-bounds.ts';
import { LARGE, ownTurn } from '../../base/turns.ts';

const LINE_END = 0x0a;

/** What is made of what a child writes. */
export interface Received {
  /** `line`: the text that the message was parsed from; absent: it is another, made here. */
  onMessage(message: JSONRPCMessage, line: string | undefined): void;
  /** A line that is no message of MCP. */
  onNonsense(): void;
  /** A line is more than can be read at one go: nothing is read any more. */
  onTooMuch(): void;
}

/**
 * Reads the messages that a child writes, one a line, with every digit of their numbers (the SDK's `ReadBuffer` rounds
 * them). Each is the message as it was parsed: the SDK's schema says whether it is one, but its copy lacks members.
 * The function takes one chunk,
 * and wants the next one once it has resolved.
 */
export function createReceiver({
  onMessage,
  onNonsense,
  onTooMuch,
}: Received): (chunk: Buffer) => Promise<void> {
  let begun: Buffer[] = [];
  let length = 0;
  let over = false;

  function add(part: Buffer): void {
    length += part.length;
    begun.push(part);
    if (length > LARGEST_MESSAGE) giveUp();
  }

  function giveUp(): void {
    over = true;
    begun = [];
    onTooMuch();
  }

  async function endLine(): Promise<void> {
    const large = length > LARGE;
    if (large) await ownTurn();
    const line = Buffer.concat(begun, length).toString();
    begun = [];
    length = 0;
    if (holdsTooMuch(line)) return giveUp();
    const found = parse(line);
    if (large) await ownTurn();
    if (found) onMessage(found.message, found.line);
    else onNonsense();
  }

  return async (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1 && !over; end = chunk.indexOf(LINE_END, from)) {
      add(chunk.subarray(from, end));
      if (!over) await endLine();
      from = end + 1;
    }
    if (!over) add(chunk.subarray(from));
  };
}

/** The message in `line`; of an answer that cannot be kept as it is, an error to the same request. */
function parse(line: string): { message: JSONRPCMessage; line: string | undefined } | undefined {
  try {
    const message = parseExact(line);
    return isMessage(message) ? { message, line } : undefined;
  } catch (error) {
    const message = error instanceof RangeError ? unreadable(JSON.parse(line) as Json) : undefined;
    return message && { message, line: undefined };
  }
}

function isMessage(message: unknown): message is JSONRPCMessage {
  return isPlainResult(message as Json) || JSONRPCMessageSchema.safeParse(message).success;
}

/** Whether it is a result without `_meta`, of which the schema would say nothing more: most messages are. */
function isPlainResult(message: Json): boolean {
  if (!isJsonObject(message) || Object.keys(message).length !== 3) return false;
  const [id, result] = [ownMember(message, 'id'), ownMember(message, 'result')];
  return (
    ownMember(message, 'jsonrpc') === '2.0' &&
    (typeof id === 'string' || Number.isSafeInteger(id)) &&
    isJsonObject(result) &&
    !Object.hasOwn(result, '_meta')
  );
}

function unreadable(message: Json): JSONRPCMessage | undefined {
  if (!isJsonObject(message) || Object.hasOwn(message, 'method')) return undefined;
  const error = {
    code: -32000,
    message:
      'The answer of the upstream process is nested too deep, or holds more than 10,000 numbers in an unusual spelling, so Greenlight cannot pass it on as it is. Ask for less.',
  };
  const answer = { jsonrpc: '2.0', id: ownMember(message, 'id'), error };
  return isMessage(answer) ? answer : undefined;
}
