import type { ReactNode } from 'react';

const WIDTHS = { reading: 'max-w-[46rem]', wide: 'max-w-[70rem]', full: 'max-w-none' } as const;

interface PageProps {
  width?: keyof typeof WIDTHS;
  /** As high as the window, for a page that scrolls inside. */
  fill?: boolean;
  children: ReactNode;
}

/** What a page stands in: its width and the room around it. `main` scrolls (`#main`), not the document. */
export function Page({ width = 'wide', fill = false, children }: PageProps) {
  return (
    <div
      className={`mx-auto flex w-full flex-col gap-6 px-8 py-6 max-sm:gap-5 max-sm:px-4 max-sm:py-4 ${WIDTHS[width]} ${fill ? 'min-h-0 flex-1' : ''}`}
    >
      {children}
    </div>
  );
}

interface PageHeaderProps {
  title: ReactNode;
  /** One sentence: what this page is for, or how things are. */
  lead?: ReactNode;
  actions?: ReactNode;
}

/** A page's name, what it is for, and what can be done with all of it. */
export function PageHeader({ title, lead, actions }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="text-[22px] leading-8 font-semibold tracking-[-0.015em]">{title}</h1>
        {lead !== undefined && <p className="text-muted">{lead}</p>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}
