import { Fragment, type KeyboardEvent, useRef } from 'react';

export interface Segment<Id extends string> {
  id: Id;
  label: string;
  /** What it shows in a wide window, where all stand in one row; its label unless given. */
  short?: string;
  /** Words that stand before it in a wide window, shared with the segments after it. */
  lead?: string;
  /** How it looks while chosen. */
  tone: 'good' | 'warn' | 'bad';
}

interface SegmentedProps<Id extends string> {
  label: string;
  segments: readonly Segment<Id>[];
  chosen: Id;
  onChoose: (id: Id) => void;
  off?: boolean;
}

const CHOSEN = {
  good: 'meaning bg-accent text-on-accent',
  warn: 'meaning bg-warn text-surface',
  bad: 'meaning bg-bad text-surface',
} as const;

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * One choice out of a few, side by side (WAI-ARIA radio group). Unlike native radio buttons, an arrow key
 * moves the focus only; Space or Enter chooses. Passing over *Allow without asking* must not switch it on.
 */
export function Segmented<Id extends string>({ label, segments, chosen, onChoose, off }: SegmentedProps<Id>) {
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
      aria-label={label}
      aria-disabled={off || undefined}
      onKeyDown={move}
      className="flex flex-wrap gap-0.5 rounded-xl border border-line bg-sunken p-0.5 aria-disabled:opacity-55"
    >
      {segments.map((segment) => (
        <Fragment key={segment.id}>
          {segment.lead !== undefined && (
            <span aria-hidden="true" className="self-center pr-1.5 pl-3 text-[13px] text-muted max-lg:hidden">
              {segment.lead}
            </span>
          )}
          {/* biome-ignore lint/a11y/useSemanticElements: a native radio would be chosen by the arrow keys alone. */}
          <button
            type="button"
            role="radio"
            aria-label={segment.label}
            aria-checked={segment.id === chosen}
            tabIndex={segment.id === chosen ? 0 : -1}
            onClick={() => off !== true && onChoose(segment.id)}
            className={`h-7 grow rounded-[10px] px-3 text-[13px] whitespace-nowrap transition-colors duration-100 max-sm:px-2 ${
              segment.id === chosen
                ? `font-semibold ${CHOSEN[segment.tone]}`
                : 'text-muted hover:bg-surface hover:text-text'
            }`}
          >
            <span className="max-lg:hidden">{segment.short ?? segment.label}</span>
            <span className="lg:hidden">{segment.label}</span>
          </button>
        </Fragment>
      ))}
    </div>
  );
}
