import type { Grant } from './grants.ts';

/**
 * The agents' command lines that waited for as long as anything came (November 2026: 135 s and more, and none gave up):
 * as which target each is connected, and how its MCP client calls itself. Of Gemini CLI and Qwen Code
 * the name goes on with `-` and what the server is called.
 */
const PATIENT = [
  { target: 'claude-code', name: 'claude-code' },
  { target: 'codex', name: 'codex-mcp-client' },
  { target: 'gemini-cli', name: 'gemini-cli-mcp-client' },
  { target: 'copilot-cli', name: 'github-copilot-developer' },
  { target: 'copilot-cli', name: 'copilot-cli' },
  { target: 'opencode', name: 'opencode' },
  { target: 'qwen-code', name: 'qwen-cli-mcp-client' },
];

/** Seconds: until the approval ends, which few have more time than. */
const LONG = 3600;

/** For how many seconds calls are held of a client that is connected as `target`; undefined: not known. */
export function holdAtConnecting(target: string): number | undefined {
  return PATIENT.some((each) => each.target === target) ? LONG : undefined;
}

/**
 * For how many seconds a call of `grant` is held: as the person or connecting set it; else long for a client known by
 * its name to wait; else as the settings say. `clientName`: what the client that called says it is.
 */
export function findHold(grant: Grant, setting: number, clientName = grant.clientName): number {
  const patient = PATIENT.some(({ name }) => clientName === name || clientName?.startsWith(`${name}-`));
  return grant.holdSeconds ?? (patient ? LONG : setting);
}
