/** The text of a policy: read strictly, with every mistake at its place. */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Json } from '../../shared/json.ts';
import { inexactNumbers } from '../../shared/numbers.ts';
import { type CompiledPolicy, parsePolicy } from '../../shared/policy/index.ts';
import { pointer, pointerParts } from '../../shared/policy/paths.ts';

/** Something that is wrong, and where: offsets into the text (UTF-16 units) and, if it has one, its pointer. */
export interface Problem {
  from: number;
  to: number;
  pointer: string;
  message: string;
}

/** What a text of a policy is. */
export interface Reading {
  text: string;
  /** What it says; undefined when it is not JSON, or holds numbers that are not exact. */
  document: Json | undefined;
  /** Ready to judge calls; undefined unless there is no problem. */
  policy: CompiledPolicy | undefined;
  problems: readonly Problem[];
  tree: Node | undefined;
}

/** The text of `document` as it stands on disk. */
export function textOf(document: Json): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

let last: Reading | undefined;

/** Reads the text of a policy; never throws. The last answer is kept, since several ask for the same. */
export function readText(text: string): Reading {
  if (last?.text !== text) last = read(text);
  return last;
}

function read(text: string): Reading {
  try {
    return readTree(text);
  } catch {
    // jsonc-parser is recursive; a policy is a handful of levels deep.
    return broken(text, undefined, [
      { from: 0, to: 0, pointer: '', message: 'The JSON is nested too deeply to be a policy.' },
    ]);
  }
}

function readTree(text: string): Reading {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  if (text.trim() === '') {
    const message = 'There is nothing here. Write a policy, or take back the change.';
    return broken(text, tree, [{ from: 0, to: 0, pointer: '', message }]);
  }
  if (errors.length > 0) {
    return broken(
      text,
      tree,
      errors.map((error) => syntaxProblem(text, error)),
    );
  }
  let document: Json;
  try {
    document = JSON.parse(text) as Json;
  } catch (error) {
    const message = error instanceof Error ? error.message : 'This is not JSON.';
    return broken(text, tree, [{ from: 0, to: text.length, pointer: '', message }]);
  }
  const inexact = inexactNumbers(text).map((error) => ({ ...placeOf(text, tree, error.pointer), ...error }));
  // As a document it would be written with another number.
  if (inexact.length > 0) return broken(text, tree, inexact);
  const repeated = tree === undefined ? [] : repeatedMembers(tree, []);
  if (repeated.length > 0) return { text, document, policy: undefined, problems: repeated, tree };
  const parsed = parsePolicy(document);
  if (parsed.ok) return { text, document, policy: parsed.policy, problems: [], tree };
  const problems = parsed.errors.map((error) => ({ ...placeOf(text, tree, error.pointer), ...error }));
  return { text, document, policy: undefined, problems, tree };
}

function broken(text: string, tree: Node | undefined, problems: Problem[]): Reading {
  return { text, document: undefined, policy: undefined, problems, tree };
}

const SYNTAX: Record<string, string> = {
  InvalidSymbol: 'This word is not JSON. Texts stand in double quotes.',
  InvalidNumberFormat: 'This is not a number as JSON writes it.',
  PropertyNameExpected: 'A name in double quotes is missing here; or a comma too many before it.',
  ValueExpected: 'A value is missing here; or a comma too many before it.',
  ColonExpected: 'A colon is missing here.',
  CommaExpected: 'A comma is missing before this.',
  CloseBraceExpected: 'A closing brace } is missing.',
  CloseBracketExpected: 'A closing bracket ] is missing.',
  EndOfFileExpected: 'Something follows after the end of the policy. Remove it.',
  InvalidCommentToken: 'JSON has no comments. Use "description" instead.',
  UnexpectedEndOfComment: 'JSON has no comments. Use "description" instead.',
  UnexpectedEndOfString: 'The closing quote of this text is missing.',
  UnexpectedEndOfNumber: 'This number is not complete.',
  InvalidUnicode: 'After \\u four hexadecimal digits are needed.',
  InvalidEscapeCharacter: 'This escape does not exist in JSON; write \\\\ for a backslash.',
  InvalidCharacter: 'This character must be escaped in a text (a tab is \\t, a line end \\n).',
};

function syntaxProblem(text: string, { error, offset, length }: ParseError): Problem {
  const from = Math.min(offset, text.length);
  return {
    from,
    to: Math.min(from + length, text.length),
    pointer: '',
    message: SYNTAX[printParseErrorCode(error)] ?? 'This is not JSON.',
  };
}

/** JSON would take the last of two members of one name in silence; a policy must mean what its reader sees. */
function repeatedMembers(node: Node, path: readonly (string | number)[]): Problem[] {
  if (node.type === 'array') {
    return (node.children ?? []).flatMap((child, index) => repeatedMembers(child, [...path, index]));
  }
  if (node.type !== 'object') return [];
  const seen = new Set<string>();
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    if (key === undefined) return [];
    const name = String(key.value);
    const here = [...path, name];
    const own: Problem[] = seen.has(name)
      ? [
          {
            from: key.offset,
            to: key.offset + key.length,
            pointer: pointer(...here),
            message: `“${name}” is given twice. Keep one of them.`,
          },
        ]
      : [];
    seen.add(name);
    return value === undefined ? own : [...own, ...repeatedMembers(value, here)];
  });
}

/**
 * Where the value at `at` stands, or, where there is none, what would contain it. Of a member the name is
 * marked too; of an object or a list only where it begins, since marking all of it would say nothing.
 */
export function placeOf(text: string, tree: Node | undefined, at: string): { from: number; to: number } {
  let node = tree;
  for (const part of pointerParts(at)) {
    const next = node && childOf(node, part);
    if (next === undefined) break;
    node = next;
  }
  if (node === undefined) return { from: 0, to: Math.min(1, text.length) };
  const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
  const contains = node.type === 'object' || node.type === 'array';
  const from = key?.offset ?? node.offset;
  if (!contains) return { from, to: node.offset + node.length };
  return { from, to: key === undefined ? node.offset + 1 : key.offset + key.length };
}

function childOf(node: Node, part: string): Node | undefined {
  if (node.type === 'array') {
    return /^\d+$/.test(part) ? findNodeAtLocation(node, [Number(part)]) : undefined;
  }
  return node.type === 'object' ? findNodeAtLocation(node, [part]) : undefined;
}

/** The line and column of an offset, from 1. */
export function lineOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - start + 1 };
}
