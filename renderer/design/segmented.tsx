import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { markedText } from '../text/visible.ts';

interface Segment<Id extends string> {
  id: Id;
  label: string;
  icon?: ReactNode;
  /** How it looks while chosen. */
  tone?: 'accent' | 'plain' | 'warn' | 'bad';
}

interface SegmentedProps<Id extends string> {
  /** What is chosen here; read out. */
  label: string;
  segments: readonly Segment<Id>[];
  chosen: Id;
  onChoose: (id: Id) => void;
  size?: 'medium' | 'small';
  off?: boolean;
  /** Whether Tab stops here; a list in which the arrow keys lead from one to the next has one place for that. */
  stop?: boolean;
}

const CHOSEN = {
  accent: 'meaning bg-accent text-on-accent',
  plain: 'meaning bg-raised text-text shadow-card',
  warn: 'meaning bg-warn text-surface',
  bad: 'meaning bg-bad text-surface',
} as const;

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * One choice out of a few, side by side (WAI-ARIA radio group). Unlike native radio buttons, an arrow key
 * moves the focus only; Space or Enter chooses. Passing over *Allow* on the way must not switch it on.
 */
export function Segmented<Id extends string>(props: SegmentedProps<Id>) {
  const { label, segments, chosen, onChoose, size = 'medium', off = false, stop = true } = props;
  const group = useRef<HTMLDivElement>(null);

  function move(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const radios = Array.from(group.current?.querySelectorAll<HTMLElement>('[role=radio]') ?? []);
    const at = radios.findIndex((radio) => radio.matches(':focus'));
    radios[(at + step + radios.length) % radios.length]?.focus();
    event.preventDefault();
  }

  return (
    <div
      ref={group}
      role="radiogroup"
      aria-label={markedText(label)}
      aria-disabled={off || undefined}
      onKeyDown={move}
      className="inline-flex flex-wrap gap-0.5 rounded-xl border border-line bg-sunken p-0.5 aria-disabled:opacity-55"
    >
      {segments.map(({ id, label: words, icon, tone = 'plain' }, index) => (
        // biome-ignore lint/a11y/useSemanticElements: a native radio would be chosen by the arrow keys alone.
        <button
          key={id}
          type="button"
          role="radio"
          aria-checked={id === chosen}
          tabIndex={
            stop && (id === chosen || (index === 0 && segments.every((each) => each.id !== chosen))) ? 0 : -1
          }
          onClick={() => !off && onChoose(id)}
          className={`inline-flex grow items-center justify-center gap-1.5 rounded-[10px] text-[13px] whitespace-nowrap transition-colors duration-100 ${
            size === 'medium' ? 'h-7 px-3' : 'h-[24px] px-2'
          } ${id === chosen ? `font-semibold ${CHOSEN[tone]}` : 'text-muted hover:bg-surface hover:text-text'}`}
        >
          {icon}
          {words}
        </button>
      ))}
    </div>
  );
}
