import type { Category } from '../../shared/tool-category.ts';

/** What tools of a category do, in a word or two. */
export const CATEGORY_WORDS: Readonly<Record<Category, string>> = {
  read: 'Only reads',
  write: 'Changes',
  destructive: 'Destroys',
  execute: 'Runs commands',
  spend: 'Spends',
};
