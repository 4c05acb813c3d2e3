import { useState } from 'react';
import type { ActivityRow } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { tookWords } from '../text/time.ts';
import { deciderWords, outcomeWords } from '../text/words.ts';

/** Rows shown before the person asks for the rest. */
const FIRST = 12;

const TODAY = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const EARLIER = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
});

/** The last calls, newest first. */
export function Calls({ rows }: { rows: readonly ActivityRow[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.slice(0, FIRST);
  return (
    <section aria-labelledby="calls-title" className="flex flex-col gap-3">
      <h2 id="calls-title" className="text-base font-semibold">
        Last calls
      </h2>
      {rows.length === 0 ? (
        <p className="text-muted">No call yet. Each one is written here before it reaches the upstream.</p>
      ) : (
        <Card className="overflow-clip">
          <table className="w-full table-fixed border-collapse text-left text-[13px]">
            <thead className="text-muted">
              <tr className="border-b border-line">
                <Head width="w-[8.5rem] max-md:w-[8.25rem]">Time</Head>
                <Head width="w-[6.5rem] max-md:hidden">Client</Head>
                <Head>Call</Head>
                <Head width="w-[11rem] max-md:w-[9.5rem]">Outcome</Head>
                <Head width="w-[9rem] max-md:hidden">Decided by</Head>
                <Head width="w-[4.5rem] max-md:hidden">Waited</Head>
                <Head width="w-[5rem] max-md:hidden">Took</Head>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <Row key={row.id} row={row} />
              ))}
            </tbody>
          </table>
        </Card>
      )}
      {rows.length > FIRST && (
        <Button
          size="small"
          look="quiet"
          className="self-start"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? 'Show fewer' : `Show ${rows.length - FIRST} more`}
        </Button>
      )}
    </section>
  );
}

/** A column's head. A column that a narrow window has no room for is told in the others instead. */
function Head({ children, width = '' }: { children: string; width?: string }) {
  return (
    <th
      scope="col"
      className={`px-3 py-2 font-medium whitespace-nowrap first:pl-5 last:pr-5 max-sm:first:pl-4 ${width}`}
    >
      {children}
    </th>
  );
}

function Row({ row }: { row: ActivityRow }) {
  const outcome = outcomeWords(row);
  const decider = deciderWords(row.decidedBy);
  const waited = row.waitMs === undefined ? '' : tookWords(row.waitMs);
  const took = row.latencyMs === undefined ? '' : tookWords(row.latencyMs);
  const cell = 'px-3 py-2 align-top first:pl-5 last:pr-5 max-sm:first:pl-4';
  return (
    <tr className="border-b border-line last:border-0">
      <td className={`${cell} text-muted tabular-nums whitespace-nowrap`}>
        <time dateTime={row.at}>{timeWords(row.at)}</time>
      </td>
      <td className={`${cell} hostile max-md:hidden`}>
        <AgentText text={row.client.label} brief limit={60} />
      </td>
      <td className={`${cell} hostile`}>
        <code className="font-mono text-xs">
          <AgentText text={row.tool} brief limit={80} />
        </code>
        <div className="text-muted md:hidden">
          <AgentText text={row.client.label} brief limit={60} />
        </div>
        <Prompt row={row} />
      </td>
      <td className={`${cell} hostile`}>
        <Badge tone={outcome.tone}>{outcome.text}</Badge>
        {row.outcome === 'denied' && row.message !== undefined && (
          <div className="mt-0.5 text-muted">
            <AgentText text={row.message} brief limit={120} />
          </div>
        )}
        <div className="text-muted md:hidden">{decider}</div>
      </td>
      <td className={`${cell} hostile max-md:hidden`}>
        {decider}
        {row.rule !== '' && (
          <div className="font-mono text-xs text-muted">
            <AgentText text={row.rule} brief limit={80} />
          </div>
        )}
      </td>
      <td className={`${cell} text-muted tabular-nums whitespace-nowrap max-md:hidden`}>{waited}</td>
      <td className={`${cell} text-muted tabular-nums whitespace-nowrap max-md:hidden`}>{took}</td>
    </tr>
  );
}

function Prompt({ row }: { row: ActivityRow }) {
  const prompt = Array.isArray(row.arguments) ? undefined : row.arguments.prompt;
  if (typeof prompt !== 'string') return null;
  return (
    <div className="truncate text-muted">
      <AgentText text={prompt} brief limit={150} />
    </div>
  );
}

/** The time of day for today, with the date before that. */
function timeWords(at: string): string {
  const time = new Date(at);
  return (time.toDateString() === new Date().toDateString() ? TODAY : EARLIER).format(time);
}
