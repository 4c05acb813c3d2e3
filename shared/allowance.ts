/** What lets calls pass without asking, in words that the window and the tray share. */
import type { Allowance } from './contract.ts';
import { costWords } from './cost.ts';
import { lumaToolOn } from './luma.ts';
import { LUMA } from './server-id.ts';

/** What an allowance is for: "any video", "one prompt", "one call of write_file", or the tool, to some hosts only. Of `tool`, a plain text. */
export function allowedWords({
  tool,
  only,
  server = LUMA,
}: Pick<Allowance, 'tool' | 'only' | 'server'>): string {
  if (only !== undefined && 'prompt' in only)
    return tool === undefined || takesPrompt(tool, server)
      ? 'one prompt, unchanged'
      : `one call of ${tool}, unchanged`;
  const thing = tool === undefined ? 'any call' : anyWords(tool, server);
  return only === undefined ? thing : `${thing} to ${only.hosts.slice(0, 3).join(', ')} only`;
}

/** Whether a call of `tool` is known by its prompt. */
export function takesPrompt(tool: string, server: string): boolean {
  return lumaToolOn(server, tool)?.prompt !== undefined;
}

/** Every call of `tool`, as a noun. */
export function anyWords(tool: string, server: string): string {
  const known = lumaToolOn(server, tool);
  if (known === undefined) return `any call of ${tool}`;
  return known.category === 'Write' ? (VIDEOS[tool] ?? 'any video') : `any call to ${known.does}`;
}

const VIDEOS: Record<string, string> = {
  luma_generate_video: 'any video',
  luma_generate_video_from_image: 'any video from a picture',
  luma_extend_video: 'any longer video',
  luma_extend_video_from_url: 'any longer video from the web',
};

/** What was used of its ceiling: "1 of 3 used", "$0.40 of $5.00 used"; empty where it has none. */
export function usedWords({ ceiling, used }: Pick<Allowance, 'ceiling' | 'used'>, costUnit: string): string {
  if (ceiling.cost !== undefined)
    return `${costWords(used.cost, costUnit)} of ${costWords(ceiling.cost, costUnit)} used`;
  return ceiling.calls === undefined ? '' : `${used.calls} of ${ceiling.calls} used`;
}

/** How much *up to* offers for calls that cost `cost` each: 5, and ten of them where that would be too few. */
function upToOf(cost: number): number {
  return cost * 2 <= 5 ? 5 : cost * 10;
}

/** The lasting answers that a question can get: what to send, and what it means. */
export function lastingAnswers(
  cost: number | undefined,
  costUnit: string,
): { reply: { for: 'next-3' | 'up-to' | '15m' | 'quit'; upTo?: number }; words: string }[] {
  const upTo = cost !== undefined && cost > 0 ? upToOf(cost) : undefined;
  return [
    { reply: { for: 'next-3' }, words: 'and the next 3' },
    ...(upTo === undefined
      ? []
      : [{ reply: { for: 'up-to' as const, upTo }, words: `and up to ${costWords(upTo, costUnit)} more` }]),
    { reply: { for: '15m' }, words: 'for 15 minutes, at most 10' },
    { reply: { for: 'quit' }, words: 'until I quit Greenlight, at most 25' },
  ];
}
