import type { ReactNode } from 'react';

const TONES = {
  good: 'bg-accent-soft text-accent-strong border-transparent',
  warn: 'bg-warn-soft text-warn border-warn-line',
  bad: 'bg-bad-soft text-bad border-bad-line',
  quiet: 'bg-sunken text-muted border-line',
} as const;

export type Tone = keyof typeof TONES;

/** A short remark that stands out by its tone. The words alone say it too. */
export function Badge({ tone, icon, children }: { tone: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span
      className={`inline-flex max-w-full items-center gap-1.5 rounded-md border px-2 py-0.5 text-[13px] leading-5 ${TONES[tone]}`}
    >
      {icon}
      <span className="min-w-0">{children}</span>
    </span>
  );
}
