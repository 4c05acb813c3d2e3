import { isJsonObject, type Json, ownMember } from './json.ts';
import { pointerParts } from './policy/paths.ts';

/**
 * What a reference within `root` leads to, as `#/$defs/Name` (RFC 6901, 6); `undefined`: nowhere, or out of it. Others are
 * not looked up: whoever reads a document asks nobody else.
 */
export function referredTo(root: Json, reference: string): Json | undefined {
  const pointer = decoded(reference);
  if (!/^#(?:$|\/)/.test(pointer)) return undefined;
  let at: Json | undefined = root;
  for (const name of pointerParts(pointer)) {
    if (Array.isArray(at)) at = /^(0|[1-9]\d*)$/.test(name) ? at[Number(name)] : undefined;
    else at = isJsonObject(at) ? ownMember(at, name) : undefined;
  }
  return at;
}

/** Nothing where the percent signs of `text` mean nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
