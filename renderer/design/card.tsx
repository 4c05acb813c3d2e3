import type { ComponentProps, ReactNode } from 'react';
import { markedText } from '../text/visible.ts';

interface CardProps extends Omit<ComponentProps<'div'>, 'title'> {
  /** A heading inside, above the content. */
  title?: string;
  /** Beside the heading. */
  actions?: ReactNode;
}

/** A surface that holds one thing. With a `title` it is padded and has a heading; without, it is bare. */
export function Card({ title, actions, className = '', children, ...props }: CardProps) {
  const surface = `rounded-xl border border-line bg-surface ${className}`;
  if (title === undefined) {
    return (
      <div {...props} className={surface}>
        {children}
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: the same element with and without a title.
    <div {...props} role="region" aria-label={markedText(title)} className={`${surface} p-5 max-sm:p-4`}>
      <div className="mb-3 flex min-h-7 items-center justify-between gap-4">
        <h2 className="text-base font-semibold">{markedText(title)}</h2>
        {actions}
      </div>
      {children}
    </div>
  );
}
