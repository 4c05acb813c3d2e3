/** Bounds what is shown in characters, whatever it holds. */
import { isJsonObject, type Json } from '../../shared/json.ts';

/** Characters that one answer to a window has at most, or little more: of lists, however large their entries are. */
export const LARGEST_ANSWER = 1024 * 1024;

/** Members of members that a cut value shows. */
const DEEPEST = 20;

/**
 * The most that each of many may have so that all of `sizes` come to no more than `most`: what is small is whole,
 * and the large ones share the rest.
 */
export function fairShare(sizes: readonly number[], most: number): number {
  let left = most;
  let count = sizes.length;
  for (const size of sizes.toSorted((a, b) => a - b)) {
    if (size > left / count) return Math.floor(left / count);
    left -= size;
    count -= 1;
  }
  return Number.POSITIVE_INFINITY;
}

/** `text`, or its first `most` characters and “…”. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}…`;
}

/** The beginning of `value` in about `most` characters of JSON: long texts end in “…”, what comes after is left out. */
export function cutJson<T extends Json>(value: T, most: number): T {
  let left = most;
  const cut = (part: Json, depth: number): Json => {
    if (typeof part === 'string') {
      // Half of what is left, so that one long text does not take the place of all that follow.
      const kept = cutText(part, Math.floor(Math.max(left, 0) / 2));
      left -= kept.length + 3;
      return kept;
    }
    left -= 5;
    if (typeof part !== 'object' || part === null) return part;
    const within = depth < DEEPEST ? Object.entries(part) : [];
    const kept: [string, Json][] = [];
    for (const [name, member] of within) {
      if (left <= 0 || name.length > left) break;
      left -= name.length + 4;
      kept.push([name, cut(member, depth + 1)]);
    }
    return isJsonObject(part) ? Object.fromEntries(kept) : kept.map(([, member]) => member);
  };
  return cut(value, 0) as T;
}
