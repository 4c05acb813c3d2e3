import type { ReactNode } from 'react';
import { WarningIcon } from './icons.tsx';

const TONES = {
  warn: { ground: 'bg-warn-soft border-warn-line', icon: 'text-warn' },
  bad: { ground: 'bg-bad-soft border-bad-line', icon: 'text-bad' },
} as const;

interface BannerProps {
  tone: keyof typeof TONES;
  /** What happened and what to do. */
  children: ReactNode;
  /** The button that does it. */
  action?: ReactNode;
}

/** A sentence about the whole window, over its content. */
export function Banner({ tone, children, action }: BannerProps) {
  return (
    <div className={`flex items-start gap-3 rounded-xl border px-4 py-2.5 ${TONES[tone].ground}`}>
      <span className={`mt-[3px] ${TONES[tone].icon}`}>
        <WarningIcon />
      </span>
      <div className="min-w-0 flex-1 self-center [overflow-wrap:anywhere]">{children}</div>
      {action}
    </div>
  );
}
