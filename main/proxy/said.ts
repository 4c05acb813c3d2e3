import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { maskLine } from '../../shared/mask.ts';
import { holdsTooMuch } from '../base/message-bounds.ts';

/** What an upstream says of an error by itself: a sentence of its own, and where it is JSON-RPC, the rest of it. */
export interface Said {
  text: string;
  code?: number | undefined;
  data?: JsonObject | undefined;
}

/** Characters of such a sentence that are handed on. */
const LONGEST = 500;

/** Members in which APIs say what is wrong, the most telling first (RFC 6749, RFC 9457 and what else is usual). */
const TELLING = ['error_description', 'message', 'detail', 'error', 'title'];

/**
 * What the body of an error says, as one line of text: of JSON the member that is meant for it, of plain text the first
 * line; of a page nothing. What looks like a secret is masked, and `redact` takes out the upstream's own credentials.
 */
export function saidIn(
  body: string,
  type: string | undefined,
  redact: (text: string) => string = (text) => text,
): Said | undefined {
  const line = (text: string) => {
    const [first = ''] = text.split(/[\r\n]+/).filter((each) => each.trim() !== '');
    const shown = maskLine(redact(first.replace(/[\p{C}\s]+/gu, ' ').trim()));
    return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…`.toWellFormed() : shown;
  };
  if (type === 'text/plain') return asSaid(line(body));
  if (!/^application\/(?:[\w.-]+\+)?json$/.test(type ?? '') || holdsTooMuch(body)) return undefined;
  let found: Json;
  try {
    found = JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
  if (typeof found === 'string') return asSaid(line(found));
  const said = asSaid(line(wordsOf(found, 3) ?? ''));
  const error = isJsonObject(found) && ownMember(found, 'jsonrpc') === '2.0' && ownMember(found, 'error');
  if (!said || !isJsonObject(error)) return said;
  const code = ownMember(error, 'code');
  const data = ownMember(error, 'data');
  return {
    ...said,
    ...(typeof code === 'number' && Number.isSafeInteger(code) && { code }),
    ...(isJsonObject(data) && { data: redacted(data, redact) as JsonObject }),
  };
}

/** `value` with `redact` of each text in it, and of each member's name. */
function redacted(value: Json, redact: (text: string) => string): Json {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => redacted(one, redact));
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, one]) => [redact(name), redacted(one, redact)]),
  );
}

function asSaid(text: string): Said | undefined {
  return text === '' ? undefined : { text };
}

function wordsOf(value: Json, levels: number): string | undefined {
  if (typeof value === 'string') return value;
  if (levels === 0 || !isJsonObject(value)) return undefined;
  for (const name of TELLING) {
    const words = wordsOf(ownMember(value, name) ?? null, levels - 1);
    if (words !== undefined && words.trim() !== '') return words;
  }
  return undefined;
}
