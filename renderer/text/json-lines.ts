import { isJsonObject, type Json } from '../../shared/json.ts';

/** A document as lines to compare with those of `like`: members that both have stand in the same order. */
export function jsonLines(document: Json | undefined, like?: Json): string {
  return document === undefined ? '' : `${JSON.stringify(inOrderOf(document, like), null, 2)}\n`;
}

function inOrderOf(document: Json, like: Json | undefined): Json {
  if (Array.isArray(document)) {
    const items = Array.isArray(like) ? like : [];
    return document.map((item, index) => inOrderOf(item, items[index]));
  }
  if (!isJsonObject(document) || !isJsonObject(like)) return document;
  const names = new Set([...Object.keys(like), ...Object.keys(document)]);
  return Object.fromEntries(
    [...names]
      .filter((name) => Object.hasOwn(document, name))
      .map((name) => [
        name,
        inOrderOf(document[name] as Json, Object.hasOwn(like, name) ? like[name] : undefined),
      ]),
  );
}
