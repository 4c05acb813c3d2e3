/**
 * Changes single members in the text of a YAML document. The `yaml` library finds the places; the text around them stays
 * as it is. Only members of mappings in block style are changed; one that is written another way is left, and the caller
 * sees that the change did not come about.
 */
import { isMap, isScalar, type Pair, parseDocument, stringify, type YAMLMap } from 'yaml';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { SyntaxProblem } from './syntax-problem.ts';

/** The mapping in `text`. Throws a {@link SyntaxProblem}. */
export function parseYaml(text: string): JsonObject {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) {
    const { line, col } = error.linePos?.[0] ?? { line: 1, col: 1 };
    throw new SyntaxProblem((error.message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, ''), line, col);
  }
  const value: unknown = read(() => document.toJS());
  if (value === null || value === undefined) return {};
  if (!isJsonObject(value)) throw new SyntaxProblem('a mapping was expected', 1, 1);
  // A key without a value, such as `extensions:`, holds nothing yet.
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, inner === null && isBare(text, name) ? {} : inner]),
  );
}

/** `text` with the member at `at` set to `value`: taken out where it is, added as the last one. */
export function setInYaml(text: string, at: readonly string[], value: JsonObject): string {
  const [place = '', name = ''] = at;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const rest = removeFromYaml(text, at);
  const pair = pairIn(rootOf(rest), place);
  const block = (indent: string) =>
    stringify({ [name]: value }, { lineWidth: 0 })
      .trimEnd()
      .split('\n')
      .map((line) => `${indent}${line}${eol}`)
      .join('');
  if (!pair) return `${lineEnded(rest, eol)}${place}:${eol}${block('  ')}`;

  const holder = pair.value;
  if (isMap(holder) && !holder.flow && holder.items.length > 0) {
    const last = holder.items.at(-1) as Pair;
    const end = afterLine(rest, endOf(last));
    return `${lineEnded(rest.slice(0, end), eol)}${block(indentOf(rest, holder))}${rest.slice(end)}`;
  }
  if (!isEmpty(holder)) return rest;
  const start = endOfKey(pair);
  const colon = rest.indexOf(':', start) + 1;
  const end = isMap(holder) ? (holder.range?.[1] ?? colon) : colon;
  const next = afterLine(rest, end);
  return `${lineEnded(rest.slice(0, colon) + rest.slice(end, next), eol)}${block('  ')}${rest.slice(next)}`;
}

/** `text` without the member at `at`; the same text when it is not there, or not in block style. */
export function removeFromYaml(text: string, at: readonly string[]): string {
  const [place = '', name = ''] = at;
  const holder = pairIn(rootOf(text), place)?.value;
  if (!isMap(holder) || holder.flow) return text;
  const pair = pairIn(holder, name);
  if (!pair) return text;
  const start = text.lastIndexOf('\n', startOf(pair) - 1) + 1;
  const end = afterLine(text, endOf(pair));
  if (holder.items.length > 1) return text.slice(0, start) + text.slice(end);
  // The last one: what held it stays, and holds nothing.
  const key = pairIn(rootOf(text), place) as Pair;
  const colon = text.indexOf(':', endOfKey(key)) + 1;
  return `${text.slice(0, colon)} {}${text.slice(colon, start)}${text.slice(end)}`;
}

function rootOf(text: string): YAMLMap | undefined {
  const { contents } = parseDocument(text);
  return isMap(contents) && !contents.flow ? (contents as YAMLMap) : undefined;
}

const pairIn = (map: YAMLMap | undefined, name: string) =>
  map?.items.find(({ key }) => isScalar(key) && key.value === name) as Pair | undefined;

const rangeOf = (node: unknown) => (node as { range?: [number, number, number] | null } | null)?.range;
const startOf = (pair: Pair) => rangeOf(pair.key)?.[0] ?? 0;
const endOfKey = (pair: Pair) => rangeOf(pair.key)?.[1] ?? 0;

/** Where the value of `pair` ends; the text of one in block style ends where its last line does. */
function endOf(pair: Pair): number {
  const { value } = pair;
  if (isMap(value) && !value.flow && value.items.length > 0) return endOf(value.items.at(-1) as Pair);
  return Math.max(rangeOf(value)?.[1] ?? 0, endOfKey(pair));
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null) || (isMap(node) && node.items.length === 0);
}

/** Whether `name` stands in `text` with nothing after it, where a mapping could be. */
function isBare(text: string, name: string): boolean {
  const value = pairIn(rootOf(text), name)?.value;
  return value === null || (isScalar(value) && (value.source ?? '') === '');
}

/** The white space before the first key of `map`. */
function indentOf(text: string, map: YAMLMap): string {
  const start = startOf(map.items[0] as Pair);
  return text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
}

/** Where the line of `offset` ends, its end included; `offset` itself where it begins a line. */
function afterLine(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

const lineEnded = (text: string, eol: string) => (text === '' || text.endsWith('\n') ? text : text + eol);

/** References to what is not there, or to too much, are found only when the values are read. */
function read<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new SyntaxProblem(error.message, 1, 1);
  }
}
