import { History } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { RehearsedGroup, Result } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Card } from '../design/card.tsx';
import { ClientMark } from '../design/client-mark.tsx';
import { EmptyState, ErrorState, Loading, Spinner } from '../design/states.tsx';
import { Wants } from '../feed/wants.tsx';
import { href } from '../navigation/route.ts';
import { useMethod } from '../store/use-method.ts';
import { briefArguments } from '../text/brief.ts';
import { costWords, outcomeWords } from '../text/words.ts';
import { DecidedBy } from './decided-by.tsx';
import {
  type Figure,
  figuresOf,
  happenedWords,
  rehearsedSentence,
  savedWords,
  whoseWords,
} from './rehearsal.ts';

interface RehearsalPaneProps {
  /** The policy's id; absent where it was never saved. */
  id: string | undefined;
  /** What it says now, saved or not; undefined while it has mistakes. */
  document: Json | undefined;
  costUnit: string;
  onShow: (pointer: string) => void;
}

/** How long the person writes nothing before it is rehearsed again (ms). */
const WRITTEN_MS = 600;

/** What the policy, as it is written now, would have done with the calls of the last seven days. */
export function RehearsalPane({ id, document, costUnit, onShow }: RehearsalPaneProps) {
  const text = useWritten(document === undefined ? undefined : JSON.stringify(document));
  const params = text === undefined ? undefined : { document: JSON.parse(text) as Json, ...(id && { id }) };
  const { data, error, reload } = useMethod('policies.rehearse', params);
  const [last, setLast] = useState(data);
  if (data !== undefined && data !== last) setLast(data);
  const shown = data ?? last;
  const busy = text !== undefined && data === undefined && error === undefined;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto pr-1 pb-2">
      {document === undefined && (
        <Banner tone="warn">The policy has mistakes. Mend them, then it can be rehearsed.</Banner>
      )}
      {error !== undefined && <ErrorState message={error} onRetry={reload} />}
      {shown === undefined ? (
        busy && <Loading what="the calls of the last 7 days" />
      ) : (
        <section aria-label="The last 7 days" aria-busy={busy} className="flex flex-col gap-4">
          {shown.calls === 0 ? (
            <EmptyState icon={<History />} title="No call in the last 7 days">
              Once there are calls in the log, this shows what the policy would have done with them.{' '}
              <Whose clients={shown.clients} />
            </EmptyState>
          ) : (
            <Rehearsed of={shown} busy={busy} costUnit={costUnit} onShow={onShow} />
          )}
        </section>
      )}
    </div>
  );
}

/** `text`, once it has been the same for a while. */
function useWritten(text: string | undefined): string | undefined {
  const [written, setWritten] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setWritten(text), WRITTEN_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return written;
}

function Rehearsed({
  of,
  busy,
  costUnit,
  onShow,
}: {
  of: Result<'policies.rehearse'>;
  busy: boolean;
  costUnit: string;
  onShow: (pointer: string) => void;
}) {
  const figures = figuresOf(of.groups);
  const [chosen, setChosen] = useState<Figure['would']>();
  const figure =
    figures.find(({ would }) => would === chosen) ?? figures.find(({ calls }) => calls > 0) ?? figures[0];
  return (
    <>
      <div className="flex flex-col gap-1">
        <p role="status" className="text-[15px] font-medium">
          {rehearsedSentence(of)} {savedWords(of.groups, costUnit)}
        </p>
        <p className="text-[13px] text-muted">
          <Whose clients={of.clients} />
          {of.cut && of.from !== undefined && <> Older ones than {dayTimeWords(of.from)} are not read.</>}
          {of.countsFrom !== undefined && (
            <>
              {' '}
              Its limits count from {dayTimeWords(of.countsFrom)} on; a call that asks you counts where it
              ran.
            </>
          )}{' '}
          Only the policy judges: no allowance, no guard mode.
          {busy && (
            <span className="ml-2 inline-flex items-center gap-1.5">
              <Spinner /> Rehearsing…
            </span>
          )}
        </p>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: they are no fields of a form. */}
      <div
        role="group"
        aria-label="What it would have done"
        className="grid grid-cols-2 gap-2 sm:grid-cols-4"
      >
        {figures.map((each) => (
          <button
            key={each.would}
            type="button"
            aria-pressed={each === figure}
            onClick={() => setChosen(each.would)}
            className="flex flex-col rounded-xl border border-line bg-surface px-3 py-2 text-left hover:bg-sunken aria-pressed:border-accent aria-pressed:bg-hover"
          >
            <span className="text-[22px] leading-7 font-semibold tabular-nums">
              {each.calls.toLocaleString('en')}
            </span>
            <span className="text-[13px]">{each.label}</span>
            <span className="min-h-5 text-[13px] text-muted">{each.detail}</span>
          </button>
        ))}
      </div>
      {figure !== undefined && <Calls figure={figure} costUnit={costUnit} onShow={onShow} />}
    </>
  );
}

function Whose({ clients }: { clients: readonly string[] | undefined }) {
  return <AgentText text={whoseWords(clients)} brief limit={300} />;
}

function Calls({
  figure: { label, groups },
  ...rest
}: {
  figure: Figure;
  costUnit: string;
  onShow: (pointer: string) => void;
}) {
  if (groups.length === 0) return <p className="text-muted">{label}: no call.</p>;
  return groups.map((group) => (
    <section key={`${group.would} ${group.asked} ${group.ran}`} className="flex flex-col gap-2">
      <h2 className="font-semibold">
        {label}: {happenedWords(group)}
      </h2>
      <Card>
        <ul aria-label={happenedWords(group)}>
          {group.newest.map((call) => (
            <Call key={call.row.id} call={call} {...rest} />
          ))}
        </ul>
      </Card>
      {group.calls > group.newest.length && (
        <p className="text-[13px] text-muted">
          These are the newest {group.newest.length} of {group.calls.toLocaleString('en')}.
        </p>
      )}
    </section>
  ));
}

function Call({
  call: { row, rule, message },
  costUnit,
  onShow,
}: {
  call: RehearsedGroup['newest'][number];
  costUnit: string;
  onShow: (pointer: string) => void;
}) {
  const brief = briefArguments(row);
  return (
    <li className="flex items-start gap-3 border-b border-line px-4 py-2.5 last:border-0">
      <ClientMark client={row.client} />
      <div className="hostile flex min-w-0 flex-1 flex-col gap-0.5">
        <p>
          <span className="font-semibold">
            <AgentText text={row.client.label} brief limit={60} />
          </span>{' '}
          <Wants of={row} past />
        </p>
        {brief !== '' && (
          <p className="truncate text-muted">
            <AgentText text={brief} brief limit={150} />
          </p>
        )}
        {message !== undefined && (
          <p className="text-[13px]">
            <AgentText text={message} brief limit={250} />
          </p>
        )}
        {rule !== '' && <DecidedBy rule={rule} onShow={onShow} />}
        <Then>
          {outcomeWords(row).text}
          {row.cost !== undefined && `, ${costWords(row.cost, costUnit)}`}
        </Then>
      </div>
      <div className="flex shrink-0 flex-col items-end gap-0.5 text-[13px]">
        <time dateTime={row.at} className="text-muted tabular-nums">
          {dayTimeWords(row.at)}
        </time>
        <a
          href={href('activity', 'call', row.id)}
          className="inline-block py-1 underline decoration-line-strong underline-offset-2"
        >
          In Activity
        </a>
      </div>
    </li>
  );
}

/** What happened in fact. */
function Then({ children }: { children: ReactNode }) {
  return <p className="text-[13px] text-muted">Then: {children}</p>;
}

const DAY_TIME = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

function dayTimeWords(at: string): string {
  return DAY_TIME.format(new Date(at));
}
