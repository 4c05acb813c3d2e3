import type { Json } from '../json.ts';

/** A JSON Pointer (RFC 6901) from its parts. */
export function pointer(...parts: readonly PropertyKey[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The member names that a predicate's path names, below `args`; `undefined` when it is not a path. */
export function parsePath(text: string): string[] | undefined {
  const [root, ...names] = text.split('.');
  return root === 'args' && names.every((name) => name !== '') ? names : undefined;
}

/**
 * The value at `path`, or `undefined` when there is none. Only own members are followed, so that
 * `args.constructor` is absent unless the agent sent it; in a list only indices are members.
 */
export function valueAt(root: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) {
      if (!/^(?:0|[1-9]\d{0,9})$/.test(name)) return undefined;
      value = value[Number(name)];
    } else {
      if (!Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
    if (value === undefined) return undefined;
  }
  return value;
}
