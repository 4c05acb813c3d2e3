/**
 * Changes single members in the text of a JSON document that may have comments and trailing commas.
 * jsonc-parser finds the places; its own `modify` formats the lines around an edit, which a file that
 * belongs to somebody else does not want.
 */
import {
  createScanner,
  type Node,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { SyntaxProblem } from './syntax-problem.ts';

/** Replaces the text from `start` to `end`. */
interface Piece {
  start: number;
  end: number;
  text: string;
}

const options = { allowTrailingComma: true };

/** The object in `text`; blank text is an empty one. Throws a {@link SyntaxProblem}. */
export function parseJson(text: string): JsonObject {
  if (text.trim() === '') return {};
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, options);
  const first = errors[0];
  if (first) throw problem(text, first.offset, describe(printParseErrorCode(first.error)));
  if (!isJsonObject(value)) throw problem(text, text.search(/\S/), 'an object in braces was expected');
  return value;
}

/** `text` with the member at `at` set to `value`; members on the way to it are created. */
export function setInJson(text: string, at: readonly string[], value: Json): string {
  const source = text.trim() === '' ? '{}\n' : text;
  let node = rootOf(source);
  for (const [index, name] of at.entries()) {
    const member = memberOf(node, name);
    if (!member) return insert(source, node, name, nest(at.slice(index + 1), value));
    node = contentOf(member);
  }
  const style = styleOf(source);
  return replace(source, [
    { start: node.offset, end: endOf(node), text: render(value, style, indentAt(source, node.offset)) },
  ]);
}

/** `text` without the member at `at`; the same text when it is not there. */
export function removeFromJson(text: string, at: readonly string[]): string {
  if (text.trim() === '') return text;
  let object = rootOf(text);
  let member: Node | undefined;
  for (const name of at) {
    if (member) object = contentOf(member);
    member = memberOf(object, name);
    if (!member) return text;
  }
  if (!member) return text;
  const removed = replace(text, removal(text, object, member));
  return collapse(removed, object.offset);
}

function insert(text: string, object: Node, name: string, value: Json): string {
  const style = styleOf(text);
  const indent = indentAt(text, object.offset);
  const close = endOf(object) - 1;
  const last = object.children?.at(-1);
  const write = (at: string) => `${JSON.stringify(name)}${style.colon}${render(value, style, at)}`;

  if (!last) {
    if (style.unit === '') return replace(text, [{ start: close, end: close, text: write('') }]);
    // Comments in the braces stay; the white space after the last of them goes.
    const start = object.offset + 1 + text.slice(object.offset + 1, close).trimEnd().length;
    const inner = indent + style.unit;
    return replace(text, [
      { start, end: close, text: `${style.eol}${inner}${write(inner)}${style.eol}${indent}` },
    ]);
  }

  const tail = tokensBetween(text, endOf(last), close);
  const comma = tail.find((token) => text[token.start] === ',');
  const first = object.children?.[0] ?? last;
  if (!text.slice(object.offset, first.offset).includes('\n')) {
    const compact = `${JSON.stringify(name)}${style.colon}${JSON.stringify(value)}`;
    const start = comma ? comma.end : endOf(last);
    return replace(text, [
      { start, end: start, text: comma ? `${style.space}${compact}` : `,${style.space}${compact}` },
    ]);
  }
  const inner = indentAt(text, last.offset);
  const start = tail.at(-1)?.end ?? endOf(last);
  const added = `${style.eol}${inner}${write(inner)}${comma ? ',' : ''}`;
  if (comma) return replace(text, [{ start, end: start, text: added }]);
  if (start === endOf(last)) return replace(text, [{ start, end: start, text: `,${added}` }]);
  return replace(text, [
    { start: endOf(last), end: endOf(last), text: ',' },
    { start, end: start, text: added },
  ]);
}

/** What goes when `member` goes: itself, the comma that parted it from a neighbour, and its own lines. */
function removal(text: string, object: Node, member: Node): Piece[] {
  const pieces: Piece[] = [];
  const siblings = object.children ?? [];
  const index = siblings.indexOf(member);
  const next = siblings[index + 1];
  const previous = siblings[index - 1];
  let start = member.offset;
  let end = endOf(member);

  const commaIn = (from: number, to: number) =>
    tokensBetween(text, from, to).find((token) => text[token.start] === ',');
  const after = commaIn(end, next?.offset ?? endOf(object) - 1);
  if (after && text.slice(end, after.start).trim() === '') end = after.end;
  else if (after) pieces.push({ ...after, text: '' });
  const before = previous && !after ? commaIn(endOf(previous), member.offset) : undefined;
  if (before) pieces.push({ ...before, text: '' });

  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', end);
  const lineEnd = newline < 0 ? text.length : newline + 1;
  const startsLine = text.slice(lineStart, start).trim() === '';
  if (startsLine && text.slice(end, lineEnd).trim() === '') {
    start = lineStart;
    end = lineEnd;
  } else if (startsLine || after) {
    end += (/^[ \t]*/.exec(text.slice(end))?.[0] ?? '').length;
  } else {
    start -= (/[ \t]*$/.exec(text.slice(0, start))?.[0] ?? '').length;
  }
  pieces.push({ start, end, text: '' });
  return pieces;
}

/** An object that holds nothing any more, not even a comment, is written `{}`. */
function collapse(text: string, offset: number): string {
  const blank = /^\{\s+\}/.exec(text.slice(offset));
  return blank ? replace(text, [{ start: offset, end: offset + blank[0].length, text: '{}' }]) : text;
}

function replace(text: string, pieces: Piece[]): string {
  let result = text;
  for (const { start, end, text: added } of pieces.toSorted((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + added + result.slice(end);
  }
  return result;
}

/** Commas and comments between two offsets. */
function tokensBetween(text: string, from: number, to: number): { start: number; end: number }[] {
  const scanner = createScanner(text);
  scanner.setPosition(from);
  const found: { start: number; end: number }[] = [];
  for (scanner.scan(); scanner.getTokenOffset() < to; scanner.scan()) {
    const start = scanner.getTokenOffset();
    if (text[start] === ',' || text[start] === '/')
      found.push({ start, end: start + scanner.getTokenLength() });
  }
  return found;
}

/** How the document is laid out. `unit` is empty when it is all on one line. */
function styleOf(text: string): { unit: string; eol: string; colon: string; space: string } {
  const root = rootOf(text);
  const body = text.slice(root.offset, endOf(root));
  if (!body.includes('\n') && root.children?.length) {
    const spaced = /^\{\s*"[^"]*"\s*:\s/.test(body);
    return { unit: '', eol: '', colon: spaced ? ': ' : ':', space: spaced ? ' ' : '' };
  }
  const first = root.children?.[0];
  const unit = first ? indentAt(text, first.offset) : '';
  return { unit: unit || '  ', eol: text.includes('\r\n') ? '\r\n' : '\n', colon: ': ', space: ' ' };
}

function render(value: Json, style: { unit: string; eol: string }, indent: string): string {
  return JSON.stringify(value, null, style.unit).replaceAll('\n', `${style.eol}${indent}`);
}

/** The white space that begins the line of `offset`. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

function nest(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
}

function rootOf(text: string): Node {
  const root = parseTree(text, [], options);
  if (!root) throw problem(text, 0, 'an object in braces was expected');
  return root;
}

/** The member that counts when a name is doubled: the last one. */
function memberOf(object: Node, name: string): Node | undefined {
  return object.children?.findLast((member) => member.children?.[0]?.value === name);
}

const contentOf = (member: Node): Node => member.children?.[1] as Node;
const endOf = (node: Node): number => node.offset + node.length;

function problem(text: string, offset: number, message: string): SyntaxProblem {
  const before = text.slice(0, offset).split('\n');
  return new SyntaxProblem(message, before.length, (before.at(-1)?.length ?? 0) + 1);
}

/** `CommaExpected` → "comma expected". */
function describe(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
