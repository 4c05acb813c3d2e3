import { ErrorCode, type RequestId } from '@modelcontextprotocol/sdk/types.js';
import { onPage, type Place } from '../../../shared/server-words.ts';

/** The variable that mcp-luma does not start without; of its absence it says nothing where nobody sees it. */
const LUMA_TOKEN = 'ACEDATACLOUD_API_TOKEN';

/** By this an error is Greenlight's own: the process ended, and did not answer. */
const ENDED = 'greenlight/ended';

/** An argument that means a file by its way from the folder that one is in. */
const RELATIVE = /^\.{1,2}(?:[\\/]|$)|^[^-/~\\@:\s][^:\s]*\.(?:[cm]?[jt]s|py|sh|rb|jar)$/;

/** Said of a program that has no folder of its own, where that may be why it fails. */
export const IN_OWN_FOLDER =
  'It is started in your own folder: name it, and its files, by their whole paths.';

/** That a child ended which had begun its work, for the agent: with that code, or by that signal. */
export function endedAtWork(code: number | null, signal: string | null): string {
  const how = signal === null ? (code ? ` with the exit code ${code}` : '') : ` by ${signal}`;
  return `The upstream process ended${how}; the next request starts it again.`;
}

/** Why a child ended before it said anything, as far as can be told: `last`, what it wrote to its standard error last. */
export function endedAtOnce(
  {
    command,
    args,
    env,
    cwd,
    place = 'Settings',
  }: {
    command: string;
    args: string[];
    env?: Record<string, string> | undefined;
    cwd?: string | undefined;
    place?: Place | undefined;
  },
  last: string,
): string {
  const said = last === '' ? '' : ` It said last: ${last}`;
  const luma = [command, ...args].some((part) => part.includes('mcp-luma'));
  const remedy =
    luma && !env?.[LUMA_TOKEN]
      ? `mcp-luma needs the variable ${LUMA_TOKEN}: enter it ${onPage(place)}`
      : `Check its command and its variables ${onPage(place)}`;
  const folder = cwd === undefined && args.some((word) => RELATIVE.test(word)) ? ` ${IN_OWN_FOLDER}` : '';
  return `The upstream process ended before it answered. ${remedy}.${folder}${said}`;
}

/** The answer to a request whose session ended for `reason`: a call may have run. */
export function endedAnswer(id: RequestId, { isCall, reason }: { isCall: boolean; reason: string }) {
  const message = isCall
    ? `${reason} It is not known whether the call ran; look whether it did before you try again.`
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
