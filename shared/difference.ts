import { canonicalJson } from './digest.ts';
import { isJsonObject, type Json, ownMember } from './json.ts';
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

/** Code units of a value that are looked at; a longer one is cut anyhow. */
const LONGEST = 2_000;

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
  const texts = changed.slice(0, left).map(lineOf);
  const lines = texts.map((text) => clip(text, width));
  const more = changed.length - lines.length;
  if (more > 0) lines.push(more === 1 ? '… and 1 more' : `… and ${more} more`);
  return { lines, whole: changed.length > 0 && more === 0 && texts.every((text, at) => text === lines[at]) };
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

function lineOf({ path, before, after }: Changed): string {
  const change = `${valueText(before)} → ${valueText(after)}`;
  return markedText(path === '' ? change : `${path}: ${change}`);
}

/** A value, so that no text can pass for anything else: quotes and line ends in it are escaped. */
function valueText(value: Json | undefined): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? quoted(value) : canonicalJson(value);
}

function quoted(text: string): string {
  const escaped = JSON.stringify(text.slice(0, LONGEST)).slice(1, -1).replaceAll('\\"', '"');
  return `“${escaped.replace(/[“”]/g, '\\$&')}${text.length > LONGEST ? '…' : ''}”`;
}

function clip(text: string, max: number): string {
  const points = [...text.slice(0, 2 * max + 2)];
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}
