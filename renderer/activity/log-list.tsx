// biome-ignore-all lint/a11y/useSemanticElements: of 100,000 rows a few are in the page, each at its place by style; a table cannot do that.
// biome-ignore-all lint/a11y/useFocusableInteractive: the rows take the focus, not the cells and the heads.
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { ArrowUp } from 'lucide-react';
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { errorWords } from '../text/error-words.ts';
import { COLUMNS, LogRow, NOT_NARROW, ROW_HEIGHT, WIDE_ONLY } from './log-row.tsx';
import type { LogRows, LogView } from './log-rows.ts';
import { callsWords } from './words.ts';

/** Height of the column heads (px). */
const HEAD_HEIGHT = 36;

interface LogListProps {
  rows: LogRows;
  view: LogView;
  /** The id of the row whose details are shown. */
  opened: string | undefined;
  onOpen: (index: number) => void;
  onClose: () => void;
  /** Midnight of today (ms since the epoch): what is older is told with its date. */
  today: number;
}

/** The rows of the log (WAI-ARIA grid): arrows move among them, Enter opens one, Escape closes it. */
export function LogList({ rows, view, opened, onOpen, onClose, today }: LogListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  /** The row that is to get the focus, once it is in the page. */
  const goal = useRef<number>(undefined);
  const focused = useRef(false);
  const virtualizer = useVirtualizer({
    count: view.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
    scrollMargin: HEAD_HEIGHT,
    overscan: 6,
    // The row with the focus stays in the page, or the keyboard would lose its place.
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range);
      const kept = Math.min(active, view.count - 1);
      return seen.includes(kept) || kept < 0 ? seen : [...seen, kept].sort((a, b) => a - b);
    },
  });
  const { startIndex: first = 0, endIndex: last = 0 } = virtualizer.range ?? {};

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is missing depends on what is loaded, too.
  useEffect(() => rows.want(first, last), [rows, first, last, view.count, view.status]);

  // New rows come in by themselves only where nobody is reading: at the top, nothing opened, no row focused.
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at when rows come in or the place changes.
  useEffect(() => {
    const atTop = (scroller.current?.scrollTop ?? 0) < ROW_HEIGHT / 2;
    const reading = opened !== undefined || scroller.current?.contains(document.activeElement);
    if (view.fresh !== 0 && atTop && !reading) rows.showFresh();
  }, [rows, view.fresh, opened, first]);

  // With the change itself: an effect that comes later may belong to the render before a key was pressed.
  useLayoutEffect(() => {
    // Loaded anew, the list may end sooner: the row that had the focus is gone, and nobody is told.
    if (focused.current && document.activeElement === document.body) goal.current ??= active;
    if (goal.current === undefined) return;
    const index = Math.min(goal.current, view.count - 1);
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    if (!row) return;
    goal.current = undefined;
    row.focus({ preventScroll: true });
  });

  const open = useCallback(
    (index: number) => {
      setActive(index);
      onOpen(index);
    },
    [onOpen],
  );

  function move(to: number): void {
    const index = Math.max(0, Math.min(view.count - 1, to));
    goal.current = index;
    setActive(index);
    virtualizer.scrollToIndex(index, { align: 'auto' });
    if (opened !== undefined && rows.row(index) !== undefined) onOpen(index);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
    const to: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: view.count - 1,
    };
    const target = to[event.key];
    if (target !== undefined) move(target);
    else if (event.key === 'Enter' || event.key === ' ') open(active);
    else if (event.key === 'Escape' && opened !== undefined) onClose();
    else return;
    event.preventDefault();
  }

  return (
    <div className="@container relative flex min-h-72 min-w-0 flex-1 flex-col overflow-clip rounded-xl border border-line bg-surface">
      {view.fresh !== 0 && (
        <div className="pointer-events-none absolute inset-x-0 top-11 z-20 flex justify-center">
          <Button
            size="small"
            look="primary"
            icon={<ArrowUp />}
            className="pointer-events-auto shadow-float"
            onClick={() => {
              rows.showFresh();
              virtualizer.scrollToOffset(0);
            }}
          >
            {view.fresh === 'many' ? 'Many new calls' : callsWords(view.fresh).replace(' ', ' new ')}
          </Button>
        </div>
      )}
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto [overflow-anchor:none]">
        <div
          role="grid"
          aria-label="The log, newest first"
          aria-rowcount={view.count + 1}
          onKeyDown={onKeyDown}
          onFocus={() => {
            focused.current = true;
          }}
          onBlur={() => {
            focused.current = false;
          }}
        >
          <Heads />
          <div role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, start }) => {
              const row = rows.row(index);
              return (
                <LogRow
                  key={index}
                  row={row}
                  index={index}
                  active={index === Math.min(active, view.count - 1)}
                  opened={row !== undefined && row.id === opened}
                  top={start - HEAD_HEIGHT}
                  today={today}
                  onOpen={open}
                />
              );
            })}
          </div>
        </div>
      </div>
      {view.status === 'ready' && view.error !== undefined && (
        <div role="alert" className="border-t border-line p-2">
          <Banner
            tone="bad"
            action={
              <Button size="small" onClick={rows.retry}>
                Try again
              </Button>
            }
          >
            Some calls could not be loaded. {errorWords(view.error)}
          </Banner>
        </div>
      )}
    </div>
  );
}

function Heads() {
  return (
    <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-surface">
      <div
        role="row"
        aria-rowindex={1}
        style={{ height: HEAD_HEIGHT - 1 }}
        className={`items-center text-[13px] font-medium text-muted ${COLUMNS}`}
      >
        <Head className={NOT_NARROW}>Time</Head>
        <Head className={WIDE_ONLY}>Client</Head>
        <Head>Call</Head>
        <Head>Outcome</Head>
        <Head className={WIDE_ONLY}>Decided by</Head>
        <Head className={`text-right ${WIDE_ONLY}`}>Took</Head>
      </div>
    </div>
  );
}

function Head({ className = '', children }: { className?: string; children: string }) {
  return (
    <div role="columnheader" className={`whitespace-nowrap ${className}`}>
      {children}
    </div>
  );
}
