/** What notifications say. Pure; every text that an agent supplied is made visible and kept short. */
import type { ApprovalState, Signal } from '../../shared/contract.ts';
import { type JsonObject, ownMember } from '../../shared/json.ts';
import { lumaTool } from '../../shared/luma.ts';
import type { Notice } from '../base/ports.ts';
import { oneLine, visible } from './text.ts';

/** An approval, as far as a notification speaks of it. */
export interface AnnouncedApproval {
  id: string;
  state: ApprovalState;
  /** `label`: what the person calls the client. */
  client: { label: string };
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
const maxSignals = 4;

const notWhole = 'It sends more than fits here. Open it to allow it.';

/**
 * Who wants what; below it the prompt and what stands out. It is answerable only where it says all that is sent beside
 * the arguments, and says so where it does not: nobody allows what they cannot read.
 */
export function noticeFor(approval: AnnouncedApproval): Omit<Notice, 'sound'> {
  const { client, tool, signals } = approval;
  const verb = lumaTool(tool)?.does ?? `call ${oneLine(tool, 50)}`;
  const answerable = signals.every((signal) => !isSent(signal) || lineOf(signal) === visible(signal.text));
  const lines = answerable
    ? standingOut(signals, maxSignals)
    : [...standingOut(signals, maxSignals - 1), notWhole];
  const room = maxBody - [...lines.join('\n')].length - 1;
  return {
    id: approval.id,
    title: `${oneLine(client.label, 30)} wants to ${verb}`,
    body: [subject(approval, Math.min(maxPrompt, room)), ...lines].filter(Boolean).join('\n'),
    answerable,
  };
}

/** The prompt; of a call without one, its arguments. */
function subject({ tool, arguments: given }: AnnouncedApproval, max: number): string {
  const prompt = ownMember(given, lumaTool(tool)?.prompt ?? 'prompt');
  if (typeof prompt === 'string' && prompt.trim() !== '') return `“${oneLine(prompt, max - 2)}”`;
  return Object.keys(given).length === 0 ? '' : oneLine(JSON.stringify(given), max);
}

/** The `most` important signals, which come first, and always the cost. */
function standingOut(signals: readonly Signal[], most: number): string[] {
  const chosen = signals.slice(0, most);
  const cost = signals.find((signal) => signal.kind === 'cost');
  if (cost !== undefined && !chosen.includes(cost)) chosen.splice(-1, 1, cost);
  return chosen.map(lineOf);
}

/** Whether it says what is sent beside the arguments. */
function isSent({ kind }: Signal): boolean {
  return kind === 'second-half' || kind === 'also';
}

function lineOf(signal: Signal): string {
  return oneLine(signal.text, isSent(signal) ? maxSent : maxSignal);
}

/** One notification for many approvals. */
export function summaryFor(waiting: readonly AnnouncedApproval[]): Omit<Notice, 'sound'> {
  const things = waiting.every(({ tool }) => lumaTool(tool)?.category === 'Write') ? 'videos' : 'calls';
  const clients = [...new Set(waiting.map(({ client }) => oneLine(client.label, 30)))];
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
