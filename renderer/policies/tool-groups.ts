import type { Tool } from '../../shared/contract.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import type { Category } from '../../shared/tool-category.ts';
import { CATEGORY_WORDS } from '../text/category-words.ts';
import { namedTools } from './document.ts';

/** Tools that stand together in the builder. */
export interface ToolGroup {
  title: string;
  /** One line under the title; empty where nothing needs saying. */
  note: string;
  tools: readonly { name: string; known: Tool | undefined }[];
}

/** The categories as they stand in the builder, what is worth a rule first, each with a line under its title. */
const NOTES = {
  spend: 'it costs, or pays',
  execute: 'it can do whatever the command does',
  destructive: 'what is gone may not come back',
  write: 'it makes or changes something',
  read: 'it looks things up, and changes nothing',
} as const satisfies Record<Category, string>;

/**
 * The upstream's tools by category, then what only the policy names. `tools` undefined: the
 * upstream's list is not known, and nothing can be said about what it offers.
 */
export function toolGroups(document: Json, tools: readonly Tool[] | undefined): ToolGroup[] {
  const offered = tools ?? [];
  const groups: ToolGroup[] = [];
  for (const [category, note] of Object.entries(NOTES) as [Category, string][]) {
    const here = offered.filter((tool) => tool.category === category);
    if (here.length === 0) continue;
    groups.push({
      title: CATEGORY_WORDS[category],
      note,
      tools: here.map((known) => ({ name: known.name, known })),
    });
  }
  const strangers = namedTools(document).filter((name) => !offered.some((tool) => tool.name === name));
  if (strangers.length > 0) {
    groups.push({
      title: tools === undefined ? 'Named in the policy' : 'Not offered by the upstream',
      note: tools === undefined ? 'the upstream’s tools are not known' : 'named in the policy only',
      tools: strangers.map((name) => ({ name, known: undefined })),
    });
  }
  return groups;
}

/** The names of a tool's arguments, from its schema. */
export function argumentNames(tool: Tool | undefined): string[] {
  return Object.keys(argumentsOf(tool));
}

/** Those that are numbers, and so can be counted: a limit by any other denies every call. */
export function numberNames(tool: Tool | undefined): string[] {
  return Object.entries(argumentsOf(tool)).flatMap(([name, schema]) => (isNumber(schema) ? [name] : []));
}

function argumentsOf(tool: Tool | undefined): JsonObject {
  const properties = tool?.inputSchema.properties;
  return isJsonObject(properties) ? properties : {};
}

/** Whether a value of `schema` may be a number; one that may be nothing as well counts. */
function isNumber(schema: Json): boolean {
  if (!isJsonObject(schema)) return false;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const forms = [schema.anyOf, schema.oneOf].flatMap((each) => (Array.isArray(each) ? each : []));
  return types.includes('number') || types.includes('integer') || forms.some(isNumber);
}
