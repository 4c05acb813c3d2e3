/** `greenlight approvals`: what waits, and denying it. */
import type { Approval } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import { oneLine } from '../notify/text.ts';
import { CommandError, EXIT } from './command-error.ts';
import { ask, follow } from './host.ts';
import { clockTime, say, sayJson } from './output.ts';

/** Characters, as the contract has it. */
const LONGEST_REASON = 2000;

/** Where it runs, and for whom it is said. */
export interface Asked {
  home: string;
  json: boolean;
}

/** Lists what waits, or what was answered last. */
export async function listApprovals({ home, json, answered }: Asked & { answered: boolean }): Promise<void> {
  const { approvals } = await ask(home, 'approvals.list', answered ? { answered } : {});
  if (json) return sayJson(approvals);
  if (approvals.length === 0) say(answered ? 'Nothing was answered yet.' : 'Nothing waits for an answer.');
  for (const approval of approvals) say(...approvalLines(approval));
}

/** Says what waits now, and then each change, until it is ended. */
export async function watchApprovals({ home, json }: Asked): Promise<void> {
  const tell = (approval: Approval) => (json ? sayJson(approval) : say(...approvalLines(approval)));
  const already = async () => {
    const { approvals } = await ask(home, 'approvals.list', {});
    for (const approval of approvals) tell(approval);
  };
  for await (const { event, data } of follow(home, ['approval'], already))
    if (event === 'approval') tell(data);
}

/** Denies one question, once. */
export async function denyApproval({
  home,
  json,
  id,
  reason,
}: Asked & { id: string; reason: string | undefined }): Promise<void> {
  if (reason !== undefined && reason.length > LONGEST_REASON)
    throw new CommandError(
      EXIT.misused,
      `--reason takes ${LONGEST_REASON} characters at most. Say it shorter.`,
    );
  const approval = await ask(home, 'approvals.decide', { id, answer: 'deny', reason });
  if (json) sayJson(approval);
  else say('Denied. The agent is told.', ...approvalLines(approval));
}

/** There is no such command, and this is why. */
export function refuseAllow(): never {
  throw new CommandError(
    EXIT.misused,
    'Nothing can be allowed from the command line: an agent that runs commands as you would be its own approver. Answer in Greenlight’s window, the tray or the notification.',
  );
}

function approvalLines(approval: Approval): string[] {
  const { id, state, client, server, tool, cost, expiresAt, why, reason, signals } = approval;
  // Of luma it is not said, as it was before there were others.
  const on = server === LUMA ? '' : ` on ${server}`;
  const costs = cost === undefined ? '' : `, costs ${cost}`;
  const when =
    state === 'pending'
      ? `, waits until ${clockTime(expiresAt)}`
      : approval.decidedAt === undefined
        ? ''
        : `, ${clockTime(approval.decidedAt)}`;
  const details = [
    ['arguments', JSON.stringify(approval.arguments)],
    ['also sent', approval.also && JSON.stringify(approval.also)],
    ['because', why],
    ['reason', reason],
    ...signals.map(({ text }) => ['note', text]),
  ];
  return [
    `${state}  ${id}`,
    `  ${oneLine(tool, 100)}${on} for ${oneLine(client.label, 100)}${costs}${when}`,
    ...details.flatMap(([name, text]) =>
      text === undefined || text === '' ? [] : [`  ${name}: ${oneLine(text, 500)}`],
    ),
  ];
}
