/** What a tool may do, at the worst. */
export const categories = ['read', 'write', 'destructive', 'execute', 'spend'] as const;
export type Category = (typeof categories)[number];

const RANKS: Record<Category, number> = { read: 0, write: 1, spend: 2, destructive: 3, execute: 4 };

/** Whether `a` is the more dangerous one: what runs a command may do all else. */
export function isWorse(a: Category, b: Category): boolean {
  return RANKS[a] > RANKS[b];
}

/** Something that speaks for a category, as a sentence for the person. */
export interface Reason {
  category: Category;
  because: string;
}
