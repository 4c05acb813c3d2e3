import { LoaderCircle } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { AgentText } from './agent-text.tsx';
import { Banner } from './banner.tsx';
import { Button } from './button.tsx';
import { LONGEST_WORDS } from './field.tsx';

interface EmptyStateProps {
  icon?: ReactNode;
  /** "No video yet" */
  title: string;
  /** What will appear here, and how. */
  children: ReactNode;
  action?: ReactNode;
}

/** In the place of a list that has nothing in it. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-1 rounded-xl border border-dashed border-line-strong/50 px-6 py-10 text-center">
      {icon !== undefined && (
        <span className="mb-2 text-muted [&_svg]:size-7 [&_svg]:stroke-[1.5]">{icon}</span>
      )}
      <p className="text-[17px] font-semibold">{title}</p>
      <div className="max-w-[28rem] text-muted">{children}</div>
      {action !== undefined && <div className="mt-4">{action}</div>}
    </div>
  );
}

/** Turns while something runs. Decoration: words beside it say what. */
export function Spinner() {
  return <LoaderCircle className="spins" />;
}

/** How long an answer may take before the page says that it waits (ms). */
const PATIENCE_MS = 250;

/** A line while something is loaded: `<Loading what="the activity" />`. Nothing at all when it is quick. */
export function Loading({ what }: { what: string }) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p role="status" className="flex min-h-24 items-center justify-center gap-2 text-muted">
      {slow && (
        <>
          <Spinner />
          Loading {what}…
        </>
      )}
    </p>
  );
}

interface ErrorStateProps {
  /** What happened and what to do, from `errorWords` or a hook. */
  message: string;
  onRetry?: () => void;
}

/** In the place of what could not be loaded. */
export function ErrorState({ message, onRetry }: ErrorStateProps) {
  return (
    <div role="alert">
      <Banner
        tone="bad"
        action={
          onRetry !== undefined && (
            <Button size="small" onClick={onRetry}>
              Try again
            </Button>
          )
        }
      >
        <AgentText text={message} brief limit={LONGEST_WORDS} />
      </Banner>
    </div>
  );
}
