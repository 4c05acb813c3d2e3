/**
 * Reads and changes a configuration file's text. A change touches only the entries it names; everything
 * else stays as the person wrote it, comments and indentation included.
 */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject, ownMember } from '../../shared/json.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { parseJson, removeFromJson, setInJson } from './json-edit.ts';
import { SyntaxProblem } from './syntax-problem.ts';
import { parseToml, removeFromToml, setInToml } from './toml-edit.ts';
import { parseYaml, removeFromYaml, setInYaml } from './yaml-edit.ts';

/** `json` may have comments and trailing commas. */
export type Format = 'json' | 'toml' | 'yaml';

/** Sets the member at the path `at` to `value`, or removes it where there is no value. */
export interface Change {
  at: readonly string[];
  value?: JsonObject;
}

const formats = {
  json: { name: 'JSON', parse: parseJson, set: setInJson, remove: removeFromJson },
  toml: { name: 'TOML', parse: parseToml, set: setInToml, remove: removeFromToml },
  yaml: { name: 'YAML', parse: parseYaml, set: setInYaml, remove: removeFromYaml },
};

/**
 * The configuration in `text`; a blank text is an empty one. Throws a {@link UserFacingError} that names `path`,
 * line and column when it cannot be read.
 */
export function parseConfig(format: Format, text: string, path: string): JsonObject {
  try {
    const config = formats[format].parse(withoutMark(text));
    if (isDeeper(config, DEEPEST)) throw new RangeError('too deep');
    return config;
  } catch (error) {
    if (error instanceof RangeError)
      throw new UserFacingError(
        'invalid',
        `${path} holds more than ${DEEPEST.toLocaleString('en')} levels within each other, or something within itself, which Greenlight does not ` +
          'read. Nothing was changed; correct the file, then try again.',
      );
    if (!(error instanceof SyntaxProblem)) throw error;
    throw new UserFacingError(
      'invalid',
      `${path} is not valid ${formats[format].name}: line ${error.line}, column ${error.column}: ` +
        `${error.message}. Nothing was changed; correct the file, then try again.`,
    );
  }
}

/** Levels within each other that a configuration may have: no client's comes near that. */
const DEEPEST = 1_000;

/** Whether `value` has more than `levels`: a YAML document may even hold itself. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** `text` with `changes` made to it. Throws a {@link UserFacingError} when that cannot be done safely. */
export function editConfig(format: Format, text: string, path: string, changes: readonly Change[]): string {
  const { set, remove } = formats[format];
  const expected = parseConfig(format, text, path);
  const mark = text.slice(0, text.length - withoutMark(text).length);
  let after = withoutMark(text);
  for (const { at, value } of changes) {
    changeValue(expected, at, value, path);
    after = value === undefined ? remove(after, at) : set(after, at, value);
  }
  // The text was edited by position. What it means now must be what was asked for, whatever way it was
  // written in: doubled members, inline tables, a header inside a string.
  if (!isDeepStrictEqual(meaning(format, readAgain(format, after)), meaning(format, expected))) {
    throw new UserFacingError(
      'conflict',
      `${path} is written in a way that Greenlight cannot change safely. Nothing was changed; ` +
        'make the change by hand with the snippet.',
    );
  }
  return mark + after;
}

/**
 * `value` for comparing: without the prototypes that parsers choose and, in TOML, without tables that hold
 * nothing, since there one is written only by what is in it.
 */
function meaning(format: Format, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => meaning(format, item));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const members = Object.entries(value).map(([name, inner]) => [name, meaning(format, inner)] as const);
  const counts = (inner: unknown) => format !== 'toml' || !(inner instanceof Map && inner.size === 0);
  return new Map(members.filter(([, inner]) => counts(inner)));
}

function readAgain(format: Format, text: string): JsonObject | undefined {
  try {
    return formats[format].parse(text);
  } catch {
    return undefined;
  }
}

/** A byte order mark is no part of the document, but it stays in the file. */
const withoutMark = (text: string) => (text.startsWith('\uFEFF') ? text.slice(1) : text);

function changeValue(
  config: JsonObject,
  at: readonly string[],
  value: JsonObject | undefined,
  path: string,
): void {
  let holder = config;
  for (const name of at.slice(0, -1)) {
    const inner = ownMember(holder, name);
    if (inner === undefined) {
      if (value === undefined) return;
      const created: JsonObject = {};
      holder[name] = created;
      holder = created;
    } else if (isJsonObject(inner)) {
      holder = inner;
    } else {
      throw new UserFacingError(
        'invalid',
        `In ${path}, “${name}” should be a list of servers by name, but it is something else. ` +
          'Nothing was changed; correct the file, then try again.',
      );
    }
  }
  const name = at.at(-1) as string;
  if (value === undefined) delete holder[name];
  else holder[name] = value;
}
