import type { ReactNode } from 'react';

/** A way to another page that is a line of its own, or stands beside others of its kind. */
export function PageLink({ to, icon, children }: { to: string; icon?: ReactNode; children: ReactNode }) {
  return (
    <a
      href={to}
      className="inline-flex min-h-7 items-center gap-1.5 text-muted underline decoration-line-strong underline-offset-2 hover:text-text"
    >
      {icon}
      {children}
    </a>
  );
}
