import { ChevronLeft } from 'lucide-react';
import type { ReactNode } from 'react';

interface PageProps {
  /** As high as the window, for a page that scrolls inside. */
  fill?: boolean;
  children: ReactNode;
}

/**
 * What a page stands in: its width, one for all so that nothing jumps from page to page, and the room around it. `main`
 * scrolls (`#main`), not the document.
 */
export function Page({ fill = false, children }: PageProps) {
  return (
    <div
      className={`mx-auto flex w-full flex-col gap-6 px-8 py-6 max-sm:gap-5 max-sm:px-4 max-sm:py-4 max-w-[80rem] ${fill ? 'min-h-0 flex-1' : ''}`}
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
  /** Of a page within a page: the way out of it. */
  back?: { href: string; label: string };
}

/** A page's name, what it is for, and what can be done with all of it. */
export function PageHeader({ title, lead, actions, back }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className={`relative min-w-0 flex-1 basis-64 ${back === undefined ? '' : 'max-sm:pl-6'}`}>
        {back !== undefined && <BackLink {...back} />}
        <h1 className="text-[22px] leading-8 font-semibold tracking-[-0.015em]">{title}</h1>
        {lead !== undefined && <p className="text-muted">{lead}</p>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

/** Stands before the title, in the room around the page: the title is where it is on every page. */
export function BackLink({ href, label }: { href: string; label: string }) {
  return (
    <a
      href={href}
      aria-label={label}
      title={label}
      className="absolute top-0 right-full flex h-8 w-7 items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-text max-sm:right-auto max-sm:-left-2 [&_svg]:size-5"
    >
      <ChevronLeft />
    </a>
  );
}
