/**
 * Changes single tables in the text of a TOML document (https://toml.io/en/v1.0.0). Only tables under
 * headers of their own (`[mcp_servers.name]`) are taken out; one that is written another way is left, and
 * the caller sees that the change did not come about.
 */
import { parse, stringify, TomlError } from 'smol-toml';
import type { JsonObject } from '../../shared/json.ts';
import { SyntaxProblem } from './syntax-problem.ts';

/** The document in `text`. Throws a {@link SyntaxProblem}. */
export function parseToml(text: string): JsonObject {
  try {
    // Dates are no JSON, but nothing here looks at them.
    return parse(text) as JsonObject;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    throw new SyntaxProblem(message, error.line, error.column);
  }
}

/** `text` with the table at `at` set to `value`: taken out where it is, added at the end. */
export function setInToml(text: string, at: readonly string[], value: JsonObject): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const nested = at.reduceRight<JsonObject>((inner, name) => ({ [name]: inner }), value);
  const block = stringify(nested).trim().replaceAll('\n', eol) + eol;
  const rest = removeFromToml(text, at);
  if (rest.trim() === '') return rest + block;
  return `${rest}${rest.endsWith('\n') ? '' : eol}${eol}${block}`;
}

/** `text` without the table at `at` and the tables in it. */
export function removeFromToml(text: string, at: readonly string[]): string {
  const lines = text.split(/(?<=\n)/);
  const kept: string[] = [];
  let inside = false;
  let pending: string[] = [];
  for (const line of lines) {
    const header = headerOf(line);
    if (header) {
      inside = at.every((name, index) => header[index] === name);
      // Comments at the end of a removed table stand above the next header and belong to that.
      if (inside) dropBlankEnd(kept);
      else kept.push(...(kept.length > 0 ? pending : pending.slice(firstComment(pending))));
      pending = [];
    }
    if (!inside) kept.push(line);
    else if (line.trim() === '' || line.trimStart().startsWith('#')) pending.push(line);
    else pending = [];
  }
  return [...kept, ...pending.slice(firstComment(pending))].join('');
}

function firstComment(lines: string[]): number {
  const index = lines.findIndex((line) => line.trim() !== '');
  return index < 0 ? lines.length : index;
}

function dropBlankEnd(lines: string[]): void {
  while (lines.at(-1)?.trim() === '') lines.pop();
}

/** The names in a table header, or nothing when the line is none. */
function headerOf(line: string): string[] | undefined {
  const name = /^\s*\[(\[?)\s*(.+?)\s*\]\1?\s*(?:#.*)?$/.exec(line.trimEnd())?.[2];
  if (name === undefined) return undefined;
  try {
    const names: string[] = [];
    let table = parse(`[${name}]`);
    for (let key = Object.keys(table)[0]; key !== undefined; key = Object.keys(table)[0]) {
      names.push(key);
      table = table[key] as typeof table;
    }
    return names;
  } catch {
    return undefined;
  }
}
