import type { ActivityRow } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { lumaToolOn } from '../../shared/luma.ts';

/** Characters of a call's brief that a row of a list may show. */
const BRIEF = 200;

/** What a call is about in one line: its prompt, or else its arguments, cut off at some length. */
export function briefArguments({ server, tool, arguments: args }: ActivityRow): string {
  if (Array.isArray(args)) return cut(args.join(', '));
  const prompt = args[lumaToolOn(server, tool)?.prompt ?? 'prompt'];
  if (typeof prompt === 'string') return cut(prompt);
  const parts = Object.entries(args).map(([name, value]) => `${name}: ${plain(value)}`);
  return cut(parts.join(', '));
}

const plain = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value));

function cut(text: string): string {
  return Array.from(text.slice(0, BRIEF * 2))
    .slice(0, BRIEF)
    .join('');
}
