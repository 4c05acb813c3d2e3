import type { Signal } from '../../shared/contract.ts';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { StandsOut } from '../../shared/tool-category.ts';
import { cutText } from '../base/cut.ts';
import type { ToolLookup } from './call.ts';

/** Characters of a value that is quoted, and of a command: its beginning says what it is. */
const LONG_VALUE = 200;
const LONG_COMMAND = 500;

/** Paths that are named one by one. */
const MOST_PATHS = 5;

/** Of a category that the person chose. */
const AS_YOU_SAID = 'as you said of this tool';

/**
 * What stands out in a call to `tool` because of what that does: it destroys, runs, touches, pays. `lumas`: it is one of
 * Luma's own, of which the person knows that it makes what costs.
 */
export function toolSignals(
  tool: Exclude<ToolLookup, string> | undefined,
  args: JsonObject,
  { lumas }: { lumas: boolean },
): Signal[] {
  if (!tool) return [];
  const { category, because, corrected } = tool;
  const given = (kind: StandsOut['kind']) =>
    tool.standsOut
      .filter((one) => one.kind === kind)
      .flatMap((one) =>
        one.arguments.flatMap((name) => valuesAt(args, name).map((value) => ({ name, value }))),
      );
  const signals: Signal[] = [];
  if (category === 'destructive')
    signals.push({ kind: 'destroys', text: corrected ? `Destroys, ${AS_YOU_SAID}` : `Destroys: ${because}` });
  if (category === 'execute') {
    const command = given('command')
      .map(({ value }) => textOf(value))
      .join(' ');
    signals.push({
      kind: 'executes',
      text:
        command === '' && corrected
          ? `Runs a command, ${AS_YOU_SAID}`
          : `Runs a command: ${command === '' ? because : cutText(command, LONG_COMMAND)}`,
    });
  }
  const pays = given('pays').map(
    ({ name, value }) => `${cutText(name, 100)} ${cutText(textOf(value), LONG_VALUE)}`,
  );
  if (pays.length > 0)
    signals.push({ kind: 'pays', text: `Pays: ${cutText(pays.join(', '), LONG_COMMAND)}` });
  else if (category === 'spend' && !lumas)
    signals.push({ kind: 'pays', text: corrected ? `Spends, ${AS_YOU_SAID}` : `Spends: ${because}` });
  // Before they are cut: two may begin alike.
  const paths = [...new Set(given('path').map(({ value }) => textOf(value)))];
  for (const path of paths.slice(0, MOST_PATHS))
    signals.push({ kind: 'path', text: `Touches ${cutText(path, LONG_VALUE)}` });
  const more = paths.length - MOST_PATHS;
  if (more > 0) signals.push({ kind: 'path', text: `Touches ${more} more; look through the arguments` });
  return signals;
}

/** The values that stand at `path` (`a.b`), in lists too. */
function valuesAt(value: Json, path: string): Json[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  if (!isJsonObject(value)) return [];
  const whole = ownMember(value, path);
  if (whole !== undefined) return leaves(whole);
  const dot = path.indexOf('.');
  const inner = dot < 0 ? undefined : ownMember(value, path.slice(0, dot));
  return inner === undefined ? [] : valuesAt(inner, path.slice(dot + 1));
}

/** What stands in a list, one by one. */
function leaves(value: Json): Json[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value === null || value === '' ? [] : [value];
}

function textOf(value: Json): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).trim();
}
