import { againstHeader } from '../../shared/upstream-header.ts';

/** Splits a line of a command's arguments as a shell does: spaces between, quotes keep them together. */
export function splitArguments(line: string): { args: string[] } | { error: string } {
  const args: string[] = [];
  let current: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === '\\' && quote === '"' && /["\\]/.test(line[at + 1] ?? ''))
        current += line[++at] ?? '';
      else current += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      current ??= '';
    } else if (/\s/.test(character)) {
      if (current !== undefined) args.push(current);
      current = undefined;
    } else current = (current ?? '') + character;
  }
  if (quote !== undefined) return { error: `A quote (${quote}) is opened and not closed.` };
  if (current !== undefined) args.push(current);
  return { args };
}

/** The line that {@link splitArguments} splits into `args`. */
export function joinArguments(args: readonly string[]): string {
  return args.map((arg) => (/^[^\s"'\\]+$/.test(arg) ? arg : `"${arg.replace(/["\\]/g, '\\$&')}"`)).join(' ');
}

/** Reads `NAME=value` lines. Empty lines are passed over. */
export function readVariables(text: string): { env: Record<string, string> } | { error: string } {
  const env: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, name, value] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      return { error: `“${line.trim().slice(0, 40)}” is no NAME=value. Write one variable on each line.` };
    env[name] = value;
  }
  return { env };
}

/** Reads `Name: value` lines. Empty lines are passed over. */
export function readHeaders(text: string): { headers: Record<string, string> } | { error: string } {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, name, value] = /^\s*([^\s:]+)\s*:(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      return { error: `“${line.trim().slice(0, 40)}” is no Name: value. Write one header on each line.` };
    const against = againstHeader(name, value.trim());
    if (against !== undefined) return { error: `The header “${name}” ${against}.` };
    headers[name] = value.trim();
  }
  return { headers };
}
