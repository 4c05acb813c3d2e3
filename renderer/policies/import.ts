import type { Json } from '../../shared/json.ts';
import { importIntercept, type PolicyError } from '../../shared/policy/index.ts';
import { readText, textOf } from './json-text.ts';

/** What a text to import is. */
export interface ReadImport {
  kind: 'policy' | 'intercept';
  /** What the new policy begins with; undefined when nothing can be made of the text. */
  text: string | undefined;
  /** What is not, or not quite, in the policy. */
  notes: readonly { pointer: string; message: string }[];
  /** What is wrong: with `text`, to be mended in the editor; without it, with the import as a whole. */
  errors: readonly PolicyError[];
}

/**
 * Reads a policy to import: a document of Greenlight or PolicyLayer (JSON) is taken as it is, also one with
 * mistakes; anything else is read as a policy of Intercept (YAML).
 */
export function readImport(source: string): ReadImport {
  if (/^\s*[{[]/.test(source)) {
    const { document, problems } = readText(source);
    const text = document === undefined ? source : textOf(document);
    return { kind: 'policy', text, notes: [], errors: problems };
  }
  const { document, notes, errors } = importIntercept(source);
  return { kind: 'intercept', text: document && textOf(document as Json), notes, errors };
}
