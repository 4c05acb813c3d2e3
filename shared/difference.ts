import { canonicalJson } from './digest.ts';
import { isJsonObject, type Json, ownMember } from './json.ts';
import { TOO_MUCH } from './mask.ts';
import { markedText } from './text.ts';

/** A difference for places that have only a few short lines. */
export interface Difference {
  /** `default: “deny” → “allow”`, `limits[0].max: none → 5`; everything that cannot be seen is marked. */
  lines: string[];
  /** Whether the lines say all of it. */
  whole: boolean;
}

/** One value that is another, or is there on one side only. */
interface Changed {
  path: string;
  before: Json | undefined;
  after: Json | undefined;
}

/** Deeper values are compared, but not taken apart. */
const DEEPEST = 40;

/**
 * The difference between two JSON values, a line for each value that is another: at most `lines` lines of at most
 * `width` code points. A line that was cut ends with an ellipsis; where lines are missing, the last one says how many.
 */
export function difference(
  before: Json | undefined,
  after: Json | undefined,
  { lines: most, width }: { lines: number; width: number },
): Difference {
  const changed = changes('', before, after, 0);
  const left = changed.length > most ? most - 1 : most;
  // Twice as many code units hold more code points than a line: a value that is cut here is cut there too.
  const texts = changed.slice(0, left).map((each) => lineOf(each, 2 * width + 2));
  const lines = texts.map((text) => clip(text, width));
  const more = changed.length - lines.length;
  if (more > 0) lines.push(more === 1 ? '… and 1 more' : `… and ${more} more`);
  const readable = texts.every((text, at) => text === lines[at] && !text.includes(TOO_MUCH));
  return { lines, whole: changed.length > 0 && more === 0 && readable };
}

function changes(path: string, before: Json | undefined, after: Json | undefined, depth: number): Changed[] {
  const sides = [before, after].filter((side) => side !== undefined);
  if (depth < DEEPEST && sides.some((side) => size(side) > 0)) {
    if (sides.every(isJsonObject)) return inObjects(path, before, after, depth);
    if (sides.every((side) => Array.isArray(side))) return inLists(path, before, after, depth);
  }
  return same(before, after) ? [] : [{ path, before, after }];
}

function inObjects(
  path: string,
  before: Json | undefined,
  after: Json | undefined,
  depth: number,
): Changed[] {
  const [was, is] = [before, after].map((side) => (isJsonObject(side) ? side : {}));
  const names = new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})]);
  return [...names].flatMap((name) => {
    const at = /^[\w$-]+$/.test(name) ? name : quoted(name);
    return changes(path === '' ? at : `${path}.${at}`, own(was, name), own(is, name), depth + 1);
  });
}

function inLists(path: string, before: Json | undefined, after: Json | undefined, depth: number): Changed[] {
  const [was = [], is = []] = [before, after].map((side) => (Array.isArray(side) ? side : []));
  const length = Math.max(was.length, is.length);
  return Array.from({ length }, (_, at) => changes(`${path}[${at}]`, was[at], is[at], depth + 1)).flat();
}

const own = (value: Json | undefined, name: string) =>
  isJsonObject(value) ? ownMember(value, name) : undefined;

function size(value: Json): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonicalJson(one) === canonicalJson(other);
}

function lineOf({ path, before, after }: Changed, longest: number): string {
  const change = [before, after].map((value) => valueText(value, longest)).join(' → ');
  return markedText(path === '' ? change : `${path}: ${change}`);
}

/** A value, so that no text can pass for anything else: quotes and line ends in it are escaped. */
function valueText(value: Json | undefined, longest: number): string {
  if (value === undefined) return 'none';
  if (typeof value !== 'string') return canonicalJson(value).slice(0, longest);
  return quoted(value.slice(0, longest));
}

function quoted(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return `“${escaped.replace(/[“”]/g, '\\$&')}”`;
}

function clip(text: string, max: number): string {
  const points = [...text.slice(0, 2 * max + 2)];
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}
