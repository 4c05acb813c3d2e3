import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { isJsonObject, type Json, ownMember } from '../../../shared/json.ts';
import { parseExact } from '../../base/exact-json.ts';

/** Bytes of one line. */
const LONGEST_LINE = 10 * 1024 * 1024;

const LINE_END = 0x0a;

/** What is made of what a child writes. */
export interface Received {
  onMessage(message: JSONRPCMessage): void;
  /** A line that is no message of MCP. */
  onNonsense(): void;
  /** A line has more than 10 MiB: nothing is read any more. */
  onTooLong(): void;
}

/**
 * Reads the messages that a child writes, one a line, with every digit of their numbers (the SDK's `ReadBuffer` rounds
 * them). Each is the message as it was parsed: the SDK's schema says whether it is one, but its copy lacks members.
 * The function takes one chunk.
 */
export function createReceiver({ onMessage, onNonsense, onTooLong }: Received): (chunk: Buffer) => void {
  let begun: Buffer[] = [];
  let length = 0;

  /** `false`: the line is too long. */
  function add(part: Buffer): boolean {
    length += part.length;
    if (length <= LONGEST_LINE) begun.push(part);
    else begun = [];
    return length <= LONGEST_LINE;
  }

  function endLine(): void {
    const message = parse(Buffer.concat(begun, length).toString());
    begun = [];
    length = 0;
    if (message) onMessage(message);
    else onNonsense();
  }

  return (chunk) => {
    if (length > LONGEST_LINE) return;
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
      if (!add(chunk.subarray(from, end))) return onTooLong();
      endLine();
      from = end + 1;
    }
    if (!add(chunk.subarray(from))) onTooLong();
  };
}

/** The message in `line`; of an answer that cannot be kept as it is, an error to the same request. */
function parse(line: string): JSONRPCMessage | undefined {
  try {
    const message = parseExact(line);
    return isMessage(message) ? message : undefined;
  } catch (error) {
    return error instanceof RangeError ? unreadable(JSON.parse(line) as Json) : undefined;
  }
}

function isMessage(message: unknown): message is JSONRPCMessage {
  return JSONRPCMessageSchema.safeParse(message).success;
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
