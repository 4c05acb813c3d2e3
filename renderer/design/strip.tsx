import { Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

const TONES = {
  info: { look: 'border-line bg-accent-soft text-accent-strong', Icon: Info },
  warn: { look: 'border-warn-line bg-warn-soft text-warn', Icon: TriangleAlert },
  bad: { look: 'border-bad-line bg-bad-soft text-bad', Icon: TriangleAlert },
} as const;

interface StripProps {
  tone: keyof typeof TONES;
  /** What is so, and what to do. */
  children: ReactNode;
  actions?: ReactNode;
}

/** A sentence about the whole window, across its top. For what concerns one page there is `Banner`. */
export function Strip({ tone, children, actions }: StripProps) {
  const { look, Icon } = TONES[tone];
  return (
    <div
      className={`flex items-start gap-2.5 border-b py-1.5 pr-3 pl-8 text-[13px] leading-7 max-sm:pl-4 ${look}`}
    >
      <span className="mt-1.5">
        <Icon />
      </span>
      <div className="hostile min-w-0 flex-1 py-1 leading-5 tabular-nums">{children}</div>
      {actions}
    </div>
  );
}
