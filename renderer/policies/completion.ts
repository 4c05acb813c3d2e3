/** What may stand at a place in the text of a policy: the schema's keys and values, and the tools' names. */

import { findNodeAtLocation, getLocation, type JSONPath, type Node, parseTree } from 'jsonc-parser';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { listOf } from '../../shared/policy/edit.ts';
import { policyJsonSchema } from '../../shared/policy/index.ts';

/** What is known of a tool, for names to suggest. */
export interface KnownTool {
  name: string;
  /** The names of its arguments. */
  arguments: readonly string[];
}

interface Suggestion {
  /** What is shown. */
  label: string;
  /** What is put in the place of `from` to `to`. */
  insert: string;
}

export interface Suggestions {
  from: number;
  to: number;
  suggestions: Suggestion[];
}

const schema = policyJsonSchema();

/** What may be written at `offset` of `text`; undefined where nothing can be suggested. */
export function suggestionsAt(
  text: string,
  offset: number,
  tools: readonly KnownTool[],
): Suggestions | undefined {
  const location = getLocation(text, offset);
  const { path, isAtPropertyKey } = location;
  const previous = location.previousNode;
  const within = previous !== undefined && offset >= previous.offset && offset <= end(previous);
  const from = within ? previous.offset : wordStart(text, offset);
  const to = within ? end(previous) : offset;
  const found = isAtPropertyKey
    ? keysAt(text, path, to, tools)
    : valuesAt(path, tools).map((value) => ({ label: JSON.stringify(value), insert: JSON.stringify(value) }));
  return found.length === 0 ? undefined : { from, to, suggestions: found };
}

const end = (node: Node) => node.offset + node.length;

function wordStart(text: string, offset: number): number {
  return offset - (/["\w.*-]*$/.exec(text.slice(0, offset))?.[0].length ?? 0);
}

function keysAt(text: string, path: JSONPath, to: number, tools: readonly KnownTool[]): Suggestion[] {
  const parent = path.slice(0, -1);
  const branches = schemasAt(parent);
  const keys = new Set(branches.flatMap((branch) => Object.keys(objectMember(branch, 'properties'))));
  if (parent.length === 1 && (parent[0] === 'tools' || parent[0] === 'costs')) {
    for (const { name } of tools) keys.add(name);
  }
  for (const key of presentKeys(text, parent)) if (key !== path.at(-1)) keys.delete(key);
  // A name that is followed by its colon already keeps its value.
  const colon = /^\s*:/.test(text.slice(to));
  return [...keys].map((key) => ({
    label: key,
    insert: JSON.stringify(key) + (colon ? '' : `: ${startOf(schemasAt([...parent, key]))}`),
  }));
}

function presentKeys(text: string, path: JSONPath): string[] {
  const tree = parseTree(text);
  const node = tree && (path.length === 0 ? tree : findNodeAtLocation(tree, path));
  if (node?.type !== 'object') return [];
  return (node.children ?? []).map((property) => String(property.children?.[0]?.value));
}

/** What a value may begin with, when only one kind of value fits. */
function startOf(branches: readonly JsonObject[]): string {
  const types = new Set(branches.map((branch) => branch.type));
  const [type] = types;
  if (types.size !== 1) return '';
  return type === 'object' ? '{}' : type === 'array' ? '[]' : type === 'string' ? '""' : '';
}

function valuesAt(path: JSONPath, tools: readonly KnownTool[]): Json[] {
  if (path[0] === 'hide' && path.length === 2) return ['*', ...tools.map(({ name }) => name)];
  if (path.at(-1) === 'path') return argumentPaths(path, tools);
  if (path.at(-1) === 'increment_from') return ['cost', ...argumentPaths(path, tools).slice(1)];
  const branches = schemasAt(path);
  const values = branches.flatMap((branch) => {
    if (branch.const !== undefined) return [branch.const];
    if (Array.isArray(branch.enum)) return branch.enum;
    return branch.type === 'boolean' ? [true, false] : [];
  });
  return [...new Set(values)];
}

/** The paths of a tool's arguments; of every tool's where the place belongs to no single one. */
function argumentPaths(path: JSONPath, tools: readonly KnownTool[]): string[] {
  const meant = path[0] === 'tools' ? tools.filter(({ name }) => name === path[1]) : tools;
  const names = new Set(meant.flatMap((tool) => tool.arguments));
  return ['args', ...[...names].map((name) => `args.${name}`)];
}

/** Every schema that may apply at `path`, `$ref`, `anyOf` and `oneOf` resolved. */
function schemasAt(path: JSONPath): JsonObject[] {
  let branches = resolved(schema);
  for (const part of path) {
    branches = branches.flatMap((branch) => {
      const next =
        typeof part === 'number'
          ? ownMember(branch, 'items')
          : (ownMember(objectMember(branch, 'properties'), part) ??
            ownMember(branch, 'additionalProperties'));
      return next === undefined ? [] : resolved(next);
    });
  }
  return branches;
}

function resolved(branch: Json): JsonObject[] {
  if (!isJsonObject(branch)) return [];
  // The only reference stands for any JSON, of which nothing can be suggested.
  if (branch.$ref !== undefined) return [];
  const choices = [...listOf(branch.anyOf), ...listOf(branch.oneOf)];
  return choices.length > 0 ? choices.flatMap(resolved) : [branch];
}

function objectMember(branch: JsonObject, name: string): JsonObject {
  const member = ownMember(branch, name);
  return isJsonObject(member) ? member : {};
}
