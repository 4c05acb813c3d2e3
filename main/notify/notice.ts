/** What notifications say. Pure; every text that an agent supplied is made visible and kept short. */
import type { ApprovalState, Signal } from '../../shared/contract.ts';
import { type JsonObject, ownMember } from '../../shared/json.ts';
import { lumaToolOn } from '../../shared/luma.ts';
import type { Notice } from '../base/ports.ts';
import { oneLine, visible } from './text.ts';

/** An approval, as far as a notification speaks of it. */
export interface AnnouncedApproval {
  id: string;
  state: ApprovalState;
  /** `label`: what the person calls the client. */
  client: { label: string };
  /** The server that it is for; `on`: what it is called, where there are several. */
  server: string;
  on?: string | undefined;
  tool: string;
  arguments: JsonObject;
  /** Most important first. */
  signals: Signal[];
}

/** Code points. A notifier cuts a body at 400; what stands out must not be what is cut. */
const maxBody = 400;
const maxPrompt = 200;
const maxSignal = 80;
const maxSent = 100;
const maxTitle = 100;
/** A name with its slug, whole: which server it is must not be what is cut. */
const maxServer = 110;
const maxSignals = 4;

const notWhole = 'It sends more than fits here. Open it to allow it.';

/**
 * Who wants what; below it the prompt and what stands out. It is answerable only where it says all that is sent beside
 * the arguments, run or paid, and says so where it does not: nobody allows what they cannot read.
 */
export function noticeFor(approval: AnnouncedApproval): Omit<Notice, 'sound'> {
  const { signals } = approval;
  const { title, where } = titleFor(approval);
  const shown = standingOut(signals, maxSignals);
  const answerable =
    signals.every(
      (signal) => !isWhole(signal) || (shown.includes(signal) && lineOf(signal) === visible(signal.text)),
    ) && shown.filter(isWhole).length < maxSignals;
  const lines = [
    ...where,
    ...(answerable ? shown.map(lineOf) : [...standingOut(signals, maxSignals - 1).map(lineOf), notWhole]),
  ];
  const room = maxBody - [...lines.join('\n')].length - 1;
  return {
    id: approval.id,
    title,
    body: [subject(approval, Math.min(maxPrompt, room)), ...lines].filter(Boolean).join('\n'),
    answerable,
  };
}

/** Who wants what, and on which server; `where` says that in a line of its own where the title has no room for it. */
export function titleFor({ client, server, on, tool }: AnnouncedApproval): {
  title: string;
  where: string[];
} {
  const verb = lumaToolOn(server, tool)?.does ?? `call ${oneLine(tool, 50)}`;
  const title = `${oneLine(client.label, 30)} wants to ${verb}`;
  if (on === undefined) return { title, where: [] };
  const name = oneLine(on, maxServer);
  const whole = `${title} on ${name}`;
  return [...whole].length <= maxTitle ? { title: whole, where: [] } : { title, where: [`On ${name}`] };
}

/** The prompt; of a call without one, its arguments. */
function subject({ server, tool, arguments: given }: AnnouncedApproval, max: number): string {
  const prompt = ownMember(given, lumaToolOn(server, tool)?.prompt ?? 'prompt');
  if (typeof prompt === 'string' && prompt.trim() !== '') return `“${oneLine(prompt, max - 2)}”`;
  return Object.keys(given).length === 0 ? '' : oneLine(JSON.stringify(given), max);
}

/** The `most` important signals, which come first, and always the cost. */
function standingOut(signals: readonly Signal[], most: number): Signal[] {
  const chosen = signals.slice(0, most);
  const cost = signals.find((signal) => signal.kind === 'cost');
  if (cost !== undefined && !chosen.includes(cost)) chosen.splice(-1, 1, cost);
  return chosen;
}

/** What has to stand there whole: what is sent beside the arguments, and what the call runs or pays. */
const WHOLE: ReadonlySet<Signal['kind']> = new Set(['second-half', 'also', 'executes', 'pays']);

function isWhole({ kind }: Signal): boolean {
  return WHOLE.has(kind);
}

function lineOf(signal: Signal): string {
  return oneLine(signal.text, isWhole(signal) ? maxSent : maxSignal);
}

/** One notification for many approvals. */
export function summaryFor(waiting: readonly AnnouncedApproval[]): Omit<Notice, 'sound'> {
  const things = waiting.every(({ server, tool }) => lumaToolOn(server, tool)?.category === 'Write')
    ? 'videos'
    : 'calls';
  const clients = [
    ...new Set(
      waiting.map(({ client, on }) =>
        [oneLine(client.label, 30), ...(on === undefined ? [] : [oneLine(on, 30)])].join(' on '),
      ),
    ),
  ];
  return {
    id: 'summary',
    title: `${waiting.length} ${things} are waiting`,
    body: `${oneLine(clients.join(', '), 200)}\nOpen Greenlight to answer.`,
    answerable: false,
  };
}

/** What *Send a test* shows. */
export const testNotice: Omit<Notice, 'sound'> = {
  id: 'test',
  title: 'Greenlight can reach you',
  body: 'This is a test. When an agent wants to make a video, you are asked like this.',
  answerable: true,
};
