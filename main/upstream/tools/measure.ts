import { createMeasure, LARGEST_MESSAGE } from '../../base/message-bounds.ts';
import { ToolListError } from './error.ts';
import { MAX_TOOLS } from './page.ts';

/** Characters of one definition: a model would have no room left for anything else. */
const LARGEST_DEFINITION = 256 * 1024;

/** Of one page, and of the whole list. */
export const TOO_LARGE =
  "The upstream's tool list is too large: more than 4 MiB, 256 KiB for one tool, 50,000 values or 10,000 different names. Ask its operator for a shorter one.";

/**
 * Measures the tools of one list, one after the other: the function returns the characters of the tool. It throws a
 * {@link ToolListError} when that, or all so far, are more than Greenlight works with.
 */
export function createToolMeasure(): (tool: object) => number {
  const tooMuch = createMeasure();
  let tools = 0;
  let length = 0;
  return (tool) => {
    const text = JSON.stringify(tool);
    tools += 1;
    length += text.length;
    if (text.length > LARGEST_DEFINITION || length > LARGEST_MESSAGE || tooMuch(text))
      throw new ToolListError('not-mcp', TOO_LARGE);
    if (tools > MAX_TOOLS) throw new ToolListError('not-mcp', endless);
    return text.length;
  };
}

const endless = `The upstream's tool list does not end: more than ${MAX_TOOLS} tools. Greenlight does not work with it.`;
