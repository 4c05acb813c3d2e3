import { useMemo } from 'react';
import { type ChangeLine, changeLines } from '../text/change.ts';
import { markedText } from '../text/visible.ts';
import { AgentText } from './agent-text.tsx';

const LOOKS = {
  same: { row: '', sign: ' ', words: '' },
  added: { row: 'bg-accent-soft text-accent-strong', sign: '+', words: 'added: ' },
  removed: { row: 'bg-bad-soft text-bad', sign: '−', words: 'removed: ' },
} as const;

interface ChangeViewProps {
  /** What is changed: read out. */
  label: string;
  before: string;
  after: string;
  /** How a line is shown, where it may hold a secret; the lines are compared as they are. */
  mask?: (line: string) => string;
}

/** The change from one text to another, line by line; signs and words say what the colours say. */
export function ChangeView({ label, before, after, mask }: ChangeViewProps) {
  const lines = useMemo(() => keyed(changeLines(before, after)), [before, after]);
  if (lines.length === 0) return <p className="text-muted">There is no difference.</p>;
  return (
    <section
      aria-label={markedText(label)}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach that.
      tabIndex={0}
      className="relative max-h-[26rem] overflow-auto rounded-lg border border-line bg-surface py-1 font-mono text-[12.5px] leading-[1.6]"
    >
      {lines.map(({ key, line }) =>
        line.kind === 'gap' ? (
          <div key={key} className="px-3 font-sans text-xs text-muted">
            {`⋯ ${line.lines} unchanged ${line.lines === 1 ? 'line' : 'lines'}`}
          </div>
        ) : (
          <div key={key} className={`flex gap-2 px-3 ${LOOKS[line.kind].row}`}>
            <span aria-hidden="true" className="w-2 shrink-0 select-none">
              {LOOKS[line.kind].sign}
            </span>
            <span className="sr-only">{LOOKS[line.kind].words}</span>
            <span className="hostile min-w-0 flex-1">
              <AgentText text={mask === undefined ? line.text : mask(line.text)} />
            </span>
          </div>
        ),
      )}
    </section>
  );
}

/** The lines with a key each: where they stand in the two texts. */
function keyed(lines: readonly ChangeLine[]) {
  return lines.map((line, index) => ({ key: index, line }));
}
