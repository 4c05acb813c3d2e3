import { isJsonObject, type JsonObject, ownMember } from './json.ts';
import { type Category, isWorse, type Reason } from './tool-category/category.ts';
import { reasonsOfName, verbsOf } from './tool-category/name.ts';
import { readSchema, type StandsOut } from './tool-category/schema.ts';
import { readText } from './tool-category/text.ts';
import { plain } from './tool-category/words.ts';

export { type Category, categories } from './tool-category/category.ts';
export type { StandsOut } from './tool-category/schema.ts';

/** What is made of a tool's definition, with the reason as a sentence. */
export interface ToolKind {
  category: Category;
  because: string;
  standsOut: StandsOut[];
}

/**
 * What a tool may do at the worst, as its definition tells: its name, its description, its arguments, and what its
 * server says of it, which may be a lie. `read` needs a reason for it, and none against it; of several the most dangerous
 * counts; nothing known is `write`. Reads so much of each, and no more.
 */
export function describeTool(definition: {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
  inputSchema: JsonObject;
  annotations?: JsonObject | undefined;
}): ToolKind {
  const { name, title, description = '', inputSchema, annotations } = definition;
  const hint = (member: string) => (isJsonObject(annotations) ? ownMember(annotations, member) : undefined);
  const ofName = reasonsOfName(name);
  const { reads, reasons: ofText } = readText(description);
  const called = title ?? hint('title');
  const shown = typeof called === 'string' ? called : '';
  const { reasons: ofSchema, standsOut } = readSchema(inputSchema, {
    name,
    title: shown,
    description,
    reads,
  });
  const all = [...ofName, ...titled(shown), ...ofText, ...ofSchema];
  if (hint('destructiveHint') === true)
    all.push({ category: 'destructive', because: 'The server says that it may destroy.' });
  if (hint('readOnlyHint') === false)
    all.push({ category: 'write', because: 'The server says that it changes something.' });
  if (hint('openWorldHint') === true && !standsOut.some(({ kind }) => kind === 'calls-out'))
    standsOut.push({ kind: 'calls-out', because: 'The server says that it reaches others.', arguments: [] });
  return { ...weighed(all, { reads, hinted: hint('readOnlyHint') === true }), standsOut };
}

function weighed(
  all: readonly Reason[],
  { reads, hinted }: { reads: string | undefined; hinted: boolean },
): Reason {
  let worst: Reason | undefined;
  for (const reason of all)
    if (worst === undefined || isWorse(reason.category, worst.category)) worst = reason;
  if (worst?.category === 'read')
    return { category: 'read', because: worst.because.replace(/\.$/, ', and nothing speaks against it.') };
  if (worst) return worst;
  if (reads !== undefined)
    return { category: 'read', because: `Its description says “${reads}”, and nothing speaks against it.` };
  if (hinted)
    return {
      category: 'read',
      because: 'The server says that it only reads, and nothing speaks against it.',
    };
  return { category: 'write', because: 'Nothing shows that it only reads.' };
}

/** A title is what people are shown: it says nothing for reading, and all against it. */
function titled(title: string): Reason[] {
  return verbsOf(plain(title.slice(0, 256)))
    .filter(({ category }) => category !== 'read')
    .map(({ category, verb }) => ({ category, because: `Its title says ${verb}.` }));
}
