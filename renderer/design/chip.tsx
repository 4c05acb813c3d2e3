import { X } from 'lucide-react';
import type { ReactNode } from 'react';

/** Something that narrows a list down, in words, and a way to take it off. */
export function Chip({
  children,
  label,
  onRemove,
}: {
  children: ReactNode;
  /** What the button says to a screen reader: "Show every day". */
  label: string;
  onRemove: () => void;
}) {
  return (
    <span className="hostile inline-flex h-9 min-w-0 items-center gap-1 rounded-lg border border-line bg-accent-soft pr-1 pl-3">
      <span className="truncate">{children}</span>
      <button
        type="button"
        aria-label={label}
        title={label}
        onClick={onRemove}
        className="flex size-7 shrink-0 items-center justify-center rounded-md hover:bg-hover"
      >
        <X />
      </button>
    </span>
  );
}
