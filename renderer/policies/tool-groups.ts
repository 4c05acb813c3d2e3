import type { Tool } from '../../shared/contract.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { namedTools } from './document.ts';

/** Tools that stand together in the builder. */
export interface ToolGroup {
  title: string;
  /** One line under the title; empty where nothing needs saying. */
  note: string;
  tools: readonly { name: string; known: Tool | undefined }[];
}

const CATEGORIES = {
  Write: 'Make something and spend',
  Read: 'Only look things up',
  Other: 'Other tools',
} as const;

const RISKS = { low: 'low risk', medium: 'medium risk', unknown: 'risk not known' } as const;

/**
 * The upstream's tools by category and risk, then what only the policy names. `tools` undefined: the
 * upstream's list is not known, and nothing can be said about what it offers.
 */
export function toolGroups(document: Json, tools: readonly Tool[] | undefined): ToolGroup[] {
  const offered = tools ?? [];
  const groups: ToolGroup[] = [];
  for (const category of ['Write', 'Read', 'Other'] as const) {
    for (const risk of ['medium', 'low', 'unknown'] as const) {
      const here = offered.filter((tool) => tool.category === category && tool.risk === risk);
      if (here.length === 0) continue;
      groups.push({
        title: CATEGORIES[category],
        note: RISKS[risk],
        tools: here.map((known) => ({ name: known.name, known })),
      });
    }
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
