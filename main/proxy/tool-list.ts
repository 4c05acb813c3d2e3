import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { inexactNumber } from '../base/exact-json.ts';

/**
 * Removes hidden tools from a message that may carry a tool list: recognised by its shape, because after resumption the
 * request is not known. Returns the same object when nothing was removed.
 */
export function filterTools(message: Json, hidden: (tool: string) => boolean): Json {
  if (Array.isArray(message)) {
    const filtered = message.map((item) => filterTools(item, hidden));
    return filtered.some((item, index) => item !== message[index]) ? filtered : message;
  }
  const result = isJsonObject(message) ? ownMember(message, 'result') : undefined;
  const tools = isJsonObject(result) ? ownMember(result, 'tools') : undefined;
  if (!isJsonObject(message) || !isJsonObject(result) || !Array.isArray(tools)) return message;
  const kept = tools.filter((tool) => {
    const name = nameOf(tool);
    return name !== undefined && !hidden(name);
  });
  if (kept.length === tools.length) return message;
  return { ...message, result: { ...result, tools: kept } satisfies JsonObject };
}

/** The name of an entry of a tool list. */
export function nameOf(tool: Json): string | undefined {
  const name = isJsonObject(tool) ? ownMember(tool, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

/**
 * Tells what a message from the upstream says of its tools: definitions, if it may be that a list is in it (`lists`),
 * and that the list has changed. A promise, where it takes time, resolves when all that is noted.
 */
export function noteTools(
  message: Json,
  parts: { sawTools: (tools: Json[]) => Promise<void>; toolsChanged: () => void },
  lists: boolean,
): Promise<void> | undefined {
  let noted: Promise<void> | undefined;
  for (const one of Array.isArray(message) ? message : [message]) {
    if (!isJsonObject(one)) continue;
    const result = lists ? ownMember(one, 'result') : undefined;
    const tools = isJsonObject(result) ? ownMember(result, 'tools') : undefined;
    // In a schema a number is a number, however many digits it was sent with.
    if (Array.isArray(tools))
      noted = parts.sawTools(inexactNumber(tools) ? (JSON.parse(JSON.stringify(tools)) as Json[]) : tools);
    if (ownMember(one, 'method') === 'notifications/tools/list_changed') parts.toolsChanged();
  }
  return noted;
}
