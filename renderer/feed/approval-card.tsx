import { createContext, memo, useContext, useId } from 'react';
import type { Approval, LimitCounter } from '../../shared/contract.ts';
import { caps } from '../../shared/spend.ts';
import { Arguments } from '../arguments/arguments.tsx';
import { Spent } from '../budget/spent.tsx';
import { AgentText } from '../design/agent-text.tsx';
import { Card } from '../design/card.tsx';
import { ClientMark } from '../design/client-mark.tsx';
import { useNow } from '../design/use-now.ts';
import { costWords, wants } from '../text/words.ts';
import { AnswerButtons, type LongerAnswer } from './answer-buttons.tsx';
import { Signals } from './signals.tsx';
import { TimeBar, TimeLeft } from './time-left.tsx';
import type { Reply } from './use-answers.ts';
import { Wants } from './wants.tsx';

/** A longer prompt is read, not glanced at, and is set as text. */
const LARGE_CHARACTERS = 240;

/** What the limits have counted. Not a property of the card: it changes for all of them at once. */
export const Counters = createContext<readonly LimitCounter[]>([]);

interface CardContentProps {
  approval: Approval;
  titleId: string;
  promptId: string;
  /** The heading that fits where it stands. */
  heading: 'h2' | 'h3';
  costUnit: string;
  /** Why the last answer did not get through. */
  error: string | undefined;
  onAnswer: (approval: Approval, reply: Reply) => void;
  /** Opens the dialog for a longer answer. */
  onOpen: (dialog: LongerAnswer, approval: Approval) => void;
}

interface ApprovalCardProps extends Omit<CardContentProps, 'titleId' | 'promptId'> {
  /** Its place among those that wait (from 1), and how many there are. */
  position: number;
  count: number;
}

/** One call that waits for the person: who wants what, with everything that would be sent. */
export function ApprovalCard({ position, count, ...content }: ApprovalCardProps) {
  const titleId = useId();
  const promptId = useId();
  return (
    <article
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an article of a feed takes the focus (WAI-ARIA APG).
      tabIndex={0}
      data-approval={content.approval.id}
      aria-labelledby={`${titleId} ${promptId}`}
      aria-posinset={position}
      aria-setsize={count}
      aria-keyshortcuts="A D E"
      className="arrives scroll-m-4 rounded-xl shadow-card [contain-intrinsic-size:auto_240px] [content-visibility:auto]"
    >
      <CardContent {...content} titleId={titleId} promptId={promptId} />
    </article>
  );
}

/** Rendered again only when its own approval changes: there may be hundreds, with long texts. */
const CardContent = memo(function CardContent({
  approval,
  titleId,
  promptId,
  heading: Heading,
  costUnit,
  error,
  ...on
}: CardContentProps) {
  const prompt = approval.arguments.prompt;
  const large = typeof prompt === 'string' && prompt !== '' ? prompt : undefined;
  return (
    <Card className="overflow-clip">
      <TimeBar approval={approval} />
      <div className="flex flex-col gap-3 px-5 py-4 max-sm:px-4">
        <header className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
          <ClientMark client={approval.client} />
          <Heading id={titleId} className="hostile min-w-0 flex-1 basis-36">
            <span className="font-semibold">
              <AgentText text={approval.client.label} brief limit={100} />
            </span>{' '}
            <Wants of={approval} />
          </Heading>
          <TimeLeft approval={approval} />
        </header>

        {large !== undefined && (
          <div
            id={promptId}
            className={`hostile leading-[1.4] ${large.length > LARGE_CHARACTERS ? 'text-base' : 'text-[19px] tracking-[-0.01em]'}`}
          >
            <AgentText text={large} />
          </div>
        )}
        <Signals approval={approval} costUnit={costUnit} />
        <Arguments of={approval.arguments} except={large === undefined ? [] : ['prompt']} />
        {approval.also !== undefined && (
          <section aria-label="Also sent" className="flex flex-col gap-1 border-t border-line pt-3">
            <p className="text-[13px] text-muted">Sent beside the arguments:</p>
            <Arguments of={approval.also} />
          </section>
        )}
        {Object.keys(approval.arguments).length === 0 && <p className="text-muted">It sends no arguments.</p>}
        {approval.why !== undefined && (
          <p className="hostile text-[13px]">
            Asks because <AgentText text={approval.why} brief limit={400} />.
          </p>
        )}
        <SmallPrint approval={approval} costUnit={costUnit} />
        <Today approval={approval} costUnit={costUnit} />

        {error !== undefined && (
          <p role="alert" className="hostile rounded-lg border border-bad-line bg-bad-soft px-3 py-2">
            Your answer did not get through. <AgentText text={error} />
          </p>
        )}
        <AnswerButtons approval={approval} costUnit={costUnit} {...on} />
      </div>
    </Card>
  );
});

/** What is good to know but seldom decides: the tool's name, the client's own name, who else waits, the cost. */
function SmallPrint({ approval, costUnit }: { approval: Approval; costUnit: string }) {
  // The signal says it better where there is one.
  const cost = approval.signals.some(({ kind }) => kind === 'cost') ? undefined : approval.cost;
  return (
    <p className="hostile flex flex-wrap items-center gap-x-2 gap-y-1 text-[13px] text-muted empty:hidden [&>*+*]:before:content-['·_']">
      {wants(approval.tool, approval.server) !== undefined && (
        <code className="font-mono text-xs">{approval.tool}</code>
      )}
      <ClientName client={approval.client} />
      {cost !== undefined && <span>costs {costWords(cost, costUnit)}</span>}
      {approval.waiting > 1 && <span>{approval.waiting} calls wait for this answer</span>}
      {approval.ticket && <span>the agent was told to call again</span>}
    </p>
  );
}

/** What the client application calls itself, where that says more than the label the person gave it. */
function ClientName({ client }: { client: Approval['client'] }) {
  if (client.name === undefined || client.name === client.label) return null;
  const name = client.version === undefined ? client.name : `${client.name} ${client.version}`;
  return (
    <span>
      from <AgentText text={name} brief limit={100} />
    </span>
  );
}

/** What was spent of the caps that this call counts toward. It holds its own cost already. */
function Today({ approval, costUnit }: { approval: Approval; costUnit: string }) {
  const { client, policy, session } = approval;
  const counters = caps(useContext(Counters), { clientId: client.id, policyId: policy.id, session });
  const now = useNow();
  if (counters.length === 0) return null;
  return (
    <ul aria-label="Spent, this call included" className="flex flex-col gap-0.5 text-[13px] text-muted">
      {counters.slice(0, 2).map((counter) => (
        <li key={`${counter.id} ${counter.windowSeconds} ${counter.max}`}>
          <Spent counter={counter} costUnit={costUnit} now={now} />, this call included
        </li>
      ))}
    </ul>
  );
}
