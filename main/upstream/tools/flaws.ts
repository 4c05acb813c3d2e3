import { type Checked, checkedBy } from '../../../shared/policy/arguments.ts';
import { inTurns } from '../../base/turns.ts';
import type { ToolDefinition } from './page.ts';

/** Names that are said, and characters of each. */
const MOST_NAMES = 5;
const LONGEST_NAME = 60;

/**
 * What of a tool list cannot be used, for the person: entries that were left out, tools whose arguments cannot be
 * checked. Takes turns, since schemas are compiled for it.
 */
export async function flawsOf(
  tools: readonly ToolDefinition[],
  leftOut: number,
): Promise<string | undefined> {
  const names: Record<Checked, string[]> = { all: [], partly: [], nothing: [] };
  await inTurns(tools, ({ name, inputSchema }) => {
    names[checkedBy(inputSchema)].push(name);
    return JSON.stringify(inputSchema).length;
  });
  const sentences = [
    leftOut > 0 &&
      `${leftOut === 1 ? 'One entry of its list is no tool and is' : `${leftOut} entries of its list are no tools and are`} left out.`,
    names.nothing.length > 0 &&
      `What ${named(names.nothing)} cannot be checked, so calls are denied unless a policy does without the check.`,
    names.partly.length > 0 &&
      `A part of what ${named(names.partly)} cannot be checked: see “Arguments that cannot be checked”.`,
  ].filter((sentence) => sentence !== false);
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}

/** `a takes`, `a and b take`, `a, b, c and 4 more take`. */
function named(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => cut(name));
  if (names.length > MOST_NAMES) shown.push(`${names.length - MOST_NAMES} more`);
  const last = shown.pop() ?? '';
  return shown.length === 0 ? `${last} takes` : `${shown.join(', ')} and ${last} take`;
}

function cut(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…`.toWellFormed() : name;
}
