import type { Server } from '../../shared/contract.ts';
import type { Tone } from '../design/badge.tsx';

/** Where a server stands, in a word or two. */
export const STATUS: Record<Server['status'], { tone: Tone; words: string }> = {
  connected: { tone: 'good', words: 'Connected' },
  starting: { tone: 'quiet', words: 'Starting' },
  unreachable: { tone: 'bad', words: 'Cannot be reached' },
  unauthorized: { tone: 'bad', words: 'Refuses the token' },
};

/** What kind of server it is. */
export function kindWords(kind: Server['kind']): string {
  return { sandbox: 'Sandbox', http: 'At an address', stdio: 'By a command' }[kind];
}

/** ", 12 tools"; empty where that is not known. */
export function toolsWords(tools: number | undefined): string {
  return tools === undefined ? '' : `, ${tools} ${tools === 1 ? 'tool' : 'tools'}`;
}
