// biome-ignore-all lint/a11y/useSemanticElements: of 100,000 rows a few are in the page, each at its place by style; a table cannot do that.
// biome-ignore-all lint/a11y/useFocusableInteractive: the rows take the focus, not the cells and the heads.
import { memo } from 'react';
import type { ActivityRow } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { ServerName } from '../design/server-name.tsx';
import { ToolName } from '../design/tool-name.tsx';
import { briefArguments } from '../text/brief.ts';
import { tookWords } from '../text/time.ts';
import { answeredWords, deciderWords, outcomeWords } from '../text/words.ts';
import { whenWords } from './words.ts';

/** Height of a row (px): every row has it, so that any place in the log is found without measuring. */
export const ROW_HEIGHT = 52;

/** The columns; what a narrow list has no room for is told in the others, or once a row is opened. */
export const COLUMNS =
  'grid grid-cols-[6.75rem_minmax(0,8rem)_minmax(0,1fr)_9.5rem_6rem_4.5rem] @max-[54rem]:grid-cols-[6.75rem_minmax(0,1fr)_9.5rem] @max-[26rem]:grid-cols-[minmax(0,1fr)_auto] gap-x-3 px-4';
export const WIDE_ONLY = '@max-[54rem]:hidden';
export const NOT_NARROW = '@max-[26rem]:hidden';

interface LogRowProps {
  /** Undefined while it is not loaded. */
  row: ActivityRow | undefined;
  index: number;
  /** Whether it is the one that the keyboard starts from. */
  active: boolean;
  opened: boolean;
  /** Where it begins in the list (px). */
  top: number;
  /** Midnight of today (ms since the epoch). */
  today: number;
  onOpen: (index: number) => void;
}

/** One call of the log. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { row, index, active, opened, top, today, onOpen } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it hears the keys of all its rows.
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={opened}
      data-index={index}
      tabIndex={active ? 0 : -1}
      onClick={() => onOpen(index)}
      style={{ height: ROW_HEIGHT, transform: `translateY(${top}px)` }}
      className={`absolute inset-x-0 top-0 items-center border-b border-line text-[13px] outline-offset-[-2px] ${COLUMNS} ${
        opened ? 'bg-hover' : 'hover:bg-sunken'
      }`}
    >
      {row === undefined ? <Unloaded /> : <Cells row={row} today={today} />}
    </div>
  );
});

function Cells({ row, today }: { row: ActivityRow; today: number }) {
  const outcome = outcomeWords(row);
  const brief = briefArguments(row);
  return (
    <>
      <div role="gridcell" className={`text-muted tabular-nums whitespace-nowrap ${NOT_NARROW}`}>
        <time dateTime={row.at}>{whenWords(row.at, today)}</time>
      </div>
      <div role="gridcell" className={`hostile truncate ${WIDE_ONLY}`}>
        <AgentText text={row.client.label} brief limit={60} />
      </div>
      <div role="gridcell" className="hostile min-w-0 leading-5">
        <div className="truncate leading-5">
          <span className="@min-[54rem]:hidden">
            <AgentText text={row.client.label} brief limit={40} /> ·{' '}
          </span>
          <ServerName server={row.server} after=" · " />
          <ToolName tool={row.tool} server={row.server} />
        </div>
        {brief !== '' && (
          <div className="truncate text-muted">
            <AgentText text={brief} brief limit={200} />
          </div>
        )}
      </div>
      <div role="gridcell" className="min-w-0">
        <Badge tone={outcome.tone}>{outcome.text}</Badge>
      </div>
      <div role="gridcell" className={`truncate text-muted ${WIDE_ONLY}`}>
        {deciderWords(row.decidedBy)}
        {(row.answeredBy === 'phone' || row.answeredBy === 'command line') && answeredWords(row.answeredBy)}
      </div>
      <div role="gridcell" className={`text-right text-muted tabular-nums whitespace-nowrap ${WIDE_ONLY}`}>
        {row.latencyMs === undefined ? '' : tookWords(row.latencyMs)}
      </div>
    </>
  );
}

function Unloaded() {
  return (
    <div role="gridcell" className="col-span-full">
      <span className="sr-only">Loading…</span>
      <div aria-hidden="true" className="h-3 w-2/5 rounded bg-sunken" />
    </div>
  );
}
