import { useState } from 'react';
import type { Approval } from '../../shared/contract.ts';
import { changedArguments } from '../arguments/fields.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/states.tsx';
import { useNow } from '../design/use-now.ts';
import { Wants } from '../feed/wants.tsx';
import { agoWords } from '../text/time.ts';
import { stateWords } from './state-words.ts';

/** Rows shown before the person asks for the rest. */
const FIRST = 6;

interface AnsweredProps {
  /** Newest first; undefined while they are loaded. */
  approvals: readonly Approval[] | undefined;
  error: string | undefined;
}

/** What was answered lately, or ended without an answer. */
export function Answered({ approvals, error }: AnsweredProps) {
  const [all, setAll] = useState(false);
  if (approvals === undefined) return error === undefined ? null : <ErrorState message={error} />;
  if (approvals.length === 0) return null;
  return (
    <section aria-labelledby="answered-title" className="flex flex-col gap-3">
      <h2 id="answered-title" className="text-base font-semibold">
        Answered lately
      </h2>
      <Card>
        <ul>
          {(all ? approvals : approvals.slice(0, FIRST)).map((approval) => (
            <AnsweredRow key={approval.id} approval={approval} />
          ))}
        </ul>
      </Card>
      {approvals.length > FIRST && (
        <Button
          size="small"
          look="quiet"
          className="self-start"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? 'Show fewer' : `Show ${approvals.length - FIRST} more`}
        </Button>
      )}
    </section>
  );
}

function AnsweredRow({ approval }: { approval: Approval }) {
  const { text, tone } = stateWords(approval);
  const prompt = approval.arguments.prompt;
  const changed = approval.edited && changedArguments(approval.arguments, approval.edited);
  return (
    <li className="flex items-start gap-4 border-b border-line px-5 py-2.5 last:border-0 max-sm:px-4">
      <div className="hostile min-w-0 flex-1">
        <p>
          <span className="font-semibold">
            <AgentText text={approval.client.label} brief limit={60} />
          </span>{' '}
          <Wants of={approval} past />
        </p>
        {typeof prompt === 'string' && (
          <p className="truncate text-muted">
            <AgentText text={prompt} brief limit={150} />
          </p>
        )}
        {approval.reason !== undefined && (
          <p className="text-[13px] text-muted">
            “<AgentText text={approval.reason} brief limit={300} />”
          </p>
        )}
        {changed !== undefined && (
          <p className="text-[13px] text-muted">
            You changed <AgentText text={changed.join(', ')} brief limit={150} />
          </p>
        )}
      </div>
      <div className="flex shrink-0 flex-col items-end gap-0.5">
        <Badge tone={tone}>{text}</Badge>
        <Ago at={approval.decidedAt ?? approval.createdAt} />
      </div>
    </li>
  );
}

function Ago({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()} className="text-[13px] text-muted tabular-nums">
      {agoWords(now - Date.parse(at))}
    </time>
  );
}
