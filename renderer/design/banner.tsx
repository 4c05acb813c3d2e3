import { CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

const TONES = {
  info: { ground: 'bg-sunken border-line', icon: 'text-muted', Icon: Info },
  good: { ground: 'bg-accent-soft border-transparent', icon: 'text-accent-strong', Icon: CircleCheck },
  warn: { ground: 'bg-warn-soft border-warn-line', icon: 'text-warn', Icon: TriangleAlert },
  bad: { ground: 'bg-bad-soft border-bad-line', icon: 'text-bad', Icon: TriangleAlert },
} as const;

interface BannerProps {
  tone: keyof typeof TONES;
  /** What happened and what to do. */
  children: ReactNode;
  /** The button that does it. */
  action?: ReactNode;
}

/** A sentence about what is around it, with what to do. For an error that just happened, put it in `role="alert"`. */
export function Banner({ tone, children, action }: BannerProps) {
  const { ground, icon, Icon } = TONES[tone];
  return (
    <div className={`flex items-start gap-3 rounded-xl border px-4 py-2.5 ${ground}`}>
      <span className={`mt-[3px] ${icon}`}>
        <Icon />
      </span>
      <div className="min-w-0 flex-1 self-center [overflow-wrap:anywhere]">{children}</div>
      {action}
    </div>
  );
}
