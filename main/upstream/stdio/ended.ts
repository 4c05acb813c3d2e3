import { ErrorCode, type RequestId } from '@modelcontextprotocol/sdk/types.js';

/** The variable that mcp-luma does not start without; of its absence it says nothing where nobody sees it. */
const LUMA_TOKEN = 'ACEDATACLOUD_API_TOKEN';

/** By this an error is Greenlight's own: the process ended, and did not answer. */
const ENDED = 'greenlight/ended';

/** That a child ended which had begun its work, for the agent. */
export const CHILD_ENDED = 'The upstream process ended; the next request starts it again.';

/** Why a child ended before it said anything, as far as can be told: `last`, what it wrote to its standard error last. */
export function endedAtOnce(
  { command, args, env }: { command: string; args: string[]; env?: Record<string, string> | undefined },
  last: string,
): string {
  const said = last === '' ? '' : ` It said last: ${last}`;
  const luma = [command, ...args].some((part) => part.includes('mcp-luma'));
  const remedy =
    luma && !env?.[LUMA_TOKEN]
      ? `mcp-luma needs the variable ${LUMA_TOKEN}: enter it in Settings`
      : 'Check its command and its variables in Settings';
  return `The upstream process ended before it answered. ${remedy}.${said}`;
}

/** The answer to a request whose session ended for `reason`: a call may have run. */
export function endedAnswer(id: RequestId, { isCall, reason }: { isCall: boolean; reason: string }) {
  const message = isCall
    ? `${reason} It is not known whether the call ran; look for its task before you try again.`
    : reason;
  return {
    jsonrpc: '2.0' as const,
    id,
    error: { code: ErrorCode.ConnectionClosed, message, data: { [ENDED]: true } },
  };
}

/** Whether an error is one of {@link endedAnswer}, by its data. */
export function isEnded(data: unknown): boolean {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, ENDED);
}
