import type { ComponentProps } from 'react';

/** A surface that holds one thing. */
export function Card({ className = '', ...props }: ComponentProps<'div'>) {
  return <div {...props} className={`rounded-xl border border-line bg-surface ${className}`} />;
}
