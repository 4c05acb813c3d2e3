import type { ComponentProps } from 'react';

/**
 * A table in a card: `<Table label><TableHead><HeadCell/>…</TableHead><tbody><Row><Cell/>…`. Columns that a
 * narrow window has no room for get `max-md:hidden`, and what they say is told in another cell.
 */
export function Table({ label, className = '', ...props }: ComponentProps<'table'> & { label: string }) {
  return (
    <div className="overflow-x-auto rounded-xl border border-line bg-surface">
      <table
        {...props}
        aria-label={label}
        className={`w-full border-collapse text-left text-[13px] ${className}`}
      />
    </div>
  );
}

/** The row of column heads. */
export function TableHead({ children }: ComponentProps<'thead'>) {
  return (
    <thead className="text-muted">
      <tr className="border-b border-line">{children}</tr>
    </thead>
  );
}

/** A column's head. */
export function HeadCell({ className = '', ...props }: ComponentProps<'th'>) {
  return (
    <th
      scope="col"
      {...props}
      className={`px-3 py-2 font-medium whitespace-nowrap first:pl-4 last:pr-4 ${className}`}
    />
  );
}

/** A row of the body. */
export function Row({ className = '', ...props }: ComponentProps<'tr'>) {
  return <tr {...props} className={`border-b border-line last:border-0 ${className}`} />;
}

/** A cell. What agents supplied stays inside it. */
export function Cell({ className = '', ...props }: ComponentProps<'td'>) {
  return <td {...props} className={`hostile px-3 py-2 align-top first:pl-4 last:pr-4 ${className}`} />;
}
