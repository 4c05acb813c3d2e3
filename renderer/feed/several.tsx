import { CheckCheck } from 'lucide-react';
import { useState } from 'react';
import type { Approval } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { LUMA } from '../../shared/server-id.ts';
import { Arguments } from '../arguments/arguments.tsx';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { ClientMark } from '../design/client-mark.tsx';
import { Dialog } from '../design/dialog.tsx';
import { fold } from '../text/fold.ts';
import { costWords } from '../text/words.ts';
import { isQuiet } from './signals.tsx';
import type { Reply } from './use-answers.ts';
import { Wants } from './wants.tsx';

interface SeveralProps {
  approvals: readonly Approval[];
  costUnit: string;
  off: boolean;
  onAnswer: (approval: Approval, reply: Reply) => void;
}

/**
 * Allows several calls with one answer each: those in which nothing stands out and nothing is folded away, each shown
 * once more before. Below the cards, so that none of them moves when it comes.
 */
export function Several({ approvals, costUnit, off, onAnswer }: SeveralProps) {
  /** As they were when the person looked: what comes meanwhile is not among them. */
  const [asked, setAsked] = useState<readonly Approval[]>();
  const plain = approvals.filter(isPlain);
  const still = asked?.filter(({ id }) => approvals.some((approval) => approval.id === id)) ?? [];
  const close = () => setAsked(undefined);
  return (
    <>
      {plain.length > 1 && (
        <Button className="self-start" icon={<CheckCheck />} off={off} onClick={() => setAsked(plain)}>
          Allow these {plain.length}
          {sumWords(plain, costUnit)}…
        </Button>
      )}
      {asked !== undefined && (
        <Dialog
          title={`Allow these ${asked.length} calls?`}
          description="Nothing stands out in them. What comes meanwhile is not among them."
          size="medium"
          onClose={close}
          footer={
            <>
              <Button onClick={close}>Cancel</Button>
              <Button
                look="primary"
                off={off || still.length === 0}
                onClick={() => {
                  for (const approval of still) onAnswer(approval, { answer: 'allow' });
                  close();
                }}
              >
                Allow {still.length}
                {sumWords(still, costUnit)}
              </Button>
            </>
          }
        >
          <ul className="divide-y divide-line">
            {asked.map((approval) => (
              <li key={approval.id} className="flex gap-3 py-3">
                <ClientMark client={approval.client} />
                <div className="hostile flex min-w-0 flex-1 flex-col gap-1">
                  <p>
                    <span className="font-semibold">
                      <AgentText text={approval.client.label} brief limit={100} />
                    </span>{' '}
                    <Wants of={approval} />
                    {!still.includes(approval) && <span className="text-muted"> (waits no more)</span>}
                  </p>
                  <Arguments of={approval.arguments} />
                </div>
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}

/** " ($1.20)": what they cost together; those whose cost is not known are said to be among them. Nothing where none costs. */
function sumWords(approvals: readonly Approval[], costUnit: string): string {
  const sum = approvals.reduce((total, { cost = 0 }) => total + cost, 0);
  const more = approvals.some(costsUnknown);
  if (!more && approvals.every(({ cost }) => cost === undefined)) return '';
  return ` (${costWords(sum, costUnit)}${more ? ' and more' : ''})`;
}

/** Whether it costs what nobody knows: the server says it afterwards, or it is one of Luma's that has no cost. */
function costsUnknown({ cost, server, signals }: Approval): boolean {
  return cost === undefined && (server === LUMA || signals.some(({ kind }) => kind === 'cost'));
}

/** Whether nothing in it has to be looked at by itself. */
function isPlain({ signals, arguments: args, also }: Approval): boolean {
  return also === undefined && signals.every(isQuiet) && Object.entries(args).every(isShownWhole);
}

/** Whether all of an argument is shown in the list of arguments, with nothing folded away. */
function isShownWhole([name, value]: [string, Json]): boolean {
  if (name.length >= 80 || (typeof value === 'object' && value !== null)) return false;
  return typeof value !== 'string' || !fold(`“${value}”`, 300).folded;
}
