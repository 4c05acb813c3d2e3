import type { ReactNode } from 'react';

/** A few numbers side by side: `<Figures><Figure name="Spent today">$0.40</Figure>…`. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-3">{children}</dl>;
}

/** One of them. */
export function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="rounded-xl border border-line bg-surface px-4 py-3">
      <dt className="text-[13px] text-muted">{name}</dt>
      <dd className="text-xl font-semibold tabular-nums">{children}</dd>
    </div>
  );
}
