import { visit } from 'jsonc-parser';
import type { PolicyErrorRow } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { inexactNumbers } from '../../shared/numbers.ts';
import { pointer } from '../../shared/policy/paths.ts';

/** The largest policy file that is read, in bytes. */
export const MAX_FILE_BYTES = 1024 * 1024;

export type ParsedDocument = { ok: true; document: Json } | { ok: false; errors: PolicyErrorRow[] };

/** The text of a policy file. */
export function formatDocument(document: Json): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Reads the text of a policy file as JSON. Errors of syntax say line and column. A member given twice is
 * an error: JSON would take the last one in silence, and a policy must mean what its reader sees.
 */
export function parseDocument(text: string): ParsedDocument {
  if (text.trim() === '') {
    return invalid('The file is empty. Write a policy into it, or restore one of its versions.');
  }
  try {
    const document = parse(text);
    if (document instanceof SyntaxError) {
      return invalid(`${syntaxError(text, document)}. Mend the JSON there, then save the file again.`);
    }
    const errors = [...repeatedMembers(text), ...inexactNumbers(text)];
    return errors.length === 0 ? { ok: true, document } : { ok: false, errors };
  } catch (error) {
    // `jsonc-parser` is recursive; a policy is a handful of levels deep.
    if (!(error instanceof RangeError)) throw error;
    return invalid('The file is nested too deeply to be a policy. Write a flatter one.');
  }
}

function parse(text: string): Json | SyntaxError {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

function invalid(message: string): ParsedDocument {
  return { ok: false, errors: [{ pointer: '', message }] };
}

function repeatedMembers(text: string): PolicyErrorRow[] {
  const errors: PolicyErrorRow[] = [];
  const open: Set<string>[] = [];
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectEnd: () => {
      open.pop();
    },
    onObjectProperty: (name, _offset, _length, line, character, path) => {
      const names = open.at(-1);
      if (names?.has(name)) {
        errors.push({
          pointer: pointer(...path(), name),
          message: `Line ${line + 1}, column ${character + 1}: “${name}” is given twice. Keep one of them.`,
        });
      }
      names?.add(name);
    },
  });
  return errors;
}

/** V8 has the better words; only `jsonc-parser` always has the place. */
function syntaxError(text: string, error: SyntaxError): string {
  let place = '';
  visit(
    text,
    {
      onError: (_code, _offset, _length, line, character) => {
        place ||= `Line ${line + 1}, column ${character + 1}: `;
      },
    },
    { disallowComments: true, allowTrailingComma: false },
  );
  const words = error.message
    .replace(/ at position .*$/s, '')
    .replace(/ in JSON$/, '')
    .replace(/,? (?:\.\.\.)?".*is not valid JSON$/s, '');
  return `${place}${words}`;
}
