import { type Category, categories, describeTool, type ToolKind } from '../../../shared/tool-category.ts';
import type { Database } from '../../database/database.ts';
import { digestOf } from './changes.ts';
import type { ToolDefinition } from './page.ts';

/** What a tool does, by its definition or by the person's word. */
export interface DescribedTool extends ToolKind {
  /** Whether the person chose the category. */
  corrected: boolean;
}

/** What the tools of one upstream do. */
export interface ToolCategories {
  of(tool: ToolDefinition): DescribedTool;
  /** The person says what the definition `digest` does; `null`: they take it back. Throws StorageError. */
  correct(digest: string, category: Category | null): void;
}

/** Those of the upstream `key`. A correction is of one definition: another one that takes its place knows nothing of it. */
export function createToolCategories(database: Database, key: string): ToolCategories {
  const { sql } = database;
  const insert = sql.prepare(
    'INSERT OR REPLACE INTO tool_categories (upstream, digest, category) VALUES (?, ?, ?)',
  );
  const remove = sql.prepare('DELETE FROM tool_categories WHERE upstream = ? AND digest = ?');
  const rows = sql
    .prepare('SELECT digest, category FROM tool_categories WHERE upstream = ?')
    .all(key) as unknown as { digest: string; category: Category }[];
  const corrected = new Map(
    rows.filter(({ category }) => categories.includes(category)).map((row) => [row.digest, row.category]),
  );
  return {
    of(tool) {
      const kind = kindOf(tool);
      const chosen = corrected.size > 0 ? corrected.get(digestOf(tool)) : undefined;
      if (chosen === undefined) return { ...kind, corrected: false };
      return { ...kind, category: chosen, because: 'You chose so.', corrected: true };
    },
    correct(digest, category) {
      database.transaction(() => {
        if (category === null) remove.run(key, digest);
        else insert.run(key, digest, category);
      });
      if (category === null) corrected.delete(digest);
      else corrected.set(digest, category);
    },
  };
}

const kinds = new WeakMap<ToolDefinition, ToolKind>();

/** What `tool` does by its definition; made once per object, as its digest is. */
export function kindOf(tool: ToolDefinition): ToolKind {
  const known = kinds.get(tool) ?? describeTool(tool);
  kinds.set(tool, known);
  return known;
}
