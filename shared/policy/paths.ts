import { isJsonObject, type Json } from '../json.ts';
import { hasUnseen } from '../text.ts';

/** A JSON Pointer (RFC 6901) from its parts. */
export function pointer(...parts: readonly PropertyKey[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The parts of a JSON Pointer (RFC 6901). */
export function pointerParts(text: string): string[] {
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** In a path, between dots: each element of a list. */
const EACH = '*';

/** What a call can send beside its arguments, in any revision of MCP: the members of `also`. */
const ALSO = ['inputResponses', 'requestState', 'task', '_meta'];

/** The member names that a path names, its root first (`args`, or `also`); `undefined` when it is not a path. */
export function parsePath(text: string): string[] | undefined {
  return flawOfPath(text) === undefined ? text.split('.') : undefined;
}

/** Whether a path speaks of what is sent beside the arguments under these `names`: of it, a part of it, or more than it. */
export function isAbout(path: string, names: readonly string[]): boolean {
  const [root, ...said] = path.split('.');
  return root === 'also' && names.every((name, at) => (said[at] ?? name) === name);
}

/** Whether a path leads to as many values as a list has elements. */
export function hasStar(path: string): boolean {
  return path.split('.').includes(EACH);
}

/** Why `text` is no path, or one that nothing can ever be found at, and how to mend it. */
export function flawOfPath(text: string): string | undefined {
  const [root, ...names] = text.split('.');
  if ((root !== 'args' && root !== 'also') || names.includes('')) {
    return `"args", or "args." and member names separated by dots, such as "args.prompt"; or "also" for what is sent beside the arguments`;
  }
  if (root === 'also' && names[0] !== undefined && !ALSO.includes(names[0])) {
    return `one of what can be sent beside the arguments: ${ALSO.map((name) => `"also.${name}"`).join(', ')}`;
  }
  if (names.some((name) => name !== EACH && name.includes(EACH))) {
    return 'written with a "*" only alone between dots, where it means each element of a list, such as "args.items.*.url"';
  }
  if (names[0] === EACH) return 'one that names a list before its "*": the arguments themselves are no list';
  if (names.some((name) => /[[\]]/.test(name))) {
    return 'written with dots instead of brackets: "args.items.0.url" for one element of a list, "args.items.*.url" for each';
  }
  if (names.some((name) => name.trim() !== name || hasUnseen(name))) {
    return 'written without blanks around a name, and without characters that cannot be seen';
  }
  return undefined;
}

const INDEX = /^(?:0|[1-9]\d{0,9})$/;

/**
 * The value at `path`, or `undefined` when there is none. Only own members are followed, so that
 * `args.constructor` is absent unless the agent sent it; in a list only indices are members. A `*` is no name here: {@link valuesAt}.
 */
export function valueAt(root: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) {
      if (!INDEX.test(name)) return undefined;
      value = value[Number(name)];
    } else {
      if (!Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
    if (value === undefined) return undefined;
  }
  return value;
}

/** Stands for what a path cannot be followed through: there is something, but not what the path speaks of. */
export const unfit = Symbol('unfit');

/**
 * Everything that `path` leads to: one value, or one for each element where it has a `*`; `undefined` where
 * there is none. A list without elements counts as absent. {@link unfit}: a `*` at what is no list, or an
 * element that cannot have the member which the path names next.
 */
export function valuesAt(root: Json, path: readonly string[]): (Json | undefined | typeof unfit)[] {
  const star = path.indexOf(EACH);
  if (star === -1) return [valueAt(root, path)];
  const list = valueAt(root, path.slice(0, star));
  if (list === undefined) return [undefined];
  if (!Array.isArray(list)) return [unfit];
  if (list.length === 0) return [undefined];
  const rest = path.slice(star + 1);
  return list.flatMap((element) => (canHave(element, rest[0]) ? valuesAt(element, rest) : [unfit]));
}

function canHave(element: Json, name: string | undefined): boolean {
  if (name === undefined) return true;
  return Array.isArray(element) ? name === EACH || INDEX.test(name) : isJsonObject(element) && name !== EACH;
}
