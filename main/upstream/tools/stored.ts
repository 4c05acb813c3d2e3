import type { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '../../../shared/json.ts';
import { LUMA } from '../../../shared/server-id.ts';
import type { UpstreamSettings } from '../../../shared/settings.ts';
import type { Category } from '../../../shared/tool-category.ts';
import type { Database } from '../../database/database.ts';
import { kindOf } from './categories.ts';
import type { ToolDefinition } from './page.ts';

/** Which upstream of which server a tool list belongs to. */
export function toolListKey(server: string, settings: UpstreamSettings): string {
  const address = addressOf(settings);
  // Of `luma` it is what it was before there were others; no address begins with this sign.
  return server === LUMA ? address : `${prefixOf(server)}${address}`;
}

/** What the keys of another server than `luma` begin with; no slug has a space. */
const prefixOf = (server: string) => `@${server} `;

const TABLES = ['upstream_tools', 'tool_definitions', 'tool_categories'] as const;

/** Forgets what the upstreams of `server`, another than `luma`, offered, and what the person said of it. Throws StorageError. */
export function forgetToolsOf(server: string, database: Database): void {
  database.transaction(() => {
    for (const table of TABLES)
      database.sql
        .prepare(`DELETE FROM ${table} WHERE substr(upstream, 1, length(?1)) = ?1`)
        .run(prefixOf(server));
  });
}

/**
 * What is kept of the upstream of `server` from when the key of a program did not say its folder is kept of the one in its
 * folder now, unless that has something of its own, or it was read before `since` (ms), when another was the upstream. Throws
 * StorageError.
 */
export function moveTools(
  server: string,
  settings: UpstreamSettings,
  database: Database,
  since: number,
): void {
  if (settings.kind !== 'stdio' || settings.cwd === undefined) return;
  const key = toolListKey(server, settings);
  const { cwd: _, ...anywhere } = settings;
  const before = toolListKey(server, anywhere);
  const { sql } = database;
  const kept = sql.prepare('SELECT 1 FROM upstream_tools WHERE upstream = ? AND read_at >= ?');
  const has = TABLES.some((table) => sql.prepare(`SELECT 1 FROM ${table} WHERE upstream = ?`).get(key));
  if (has || !kept.get(before, since)) return;
  database.transaction(() => {
    for (const table of TABLES)
      sql.prepare(`UPDATE ${table} SET upstream = ? WHERE upstream = ?`).run(key, before);
  });
}

function addressOf(settings: UpstreamSettings): string {
  switch (settings.kind) {
    case 'sandbox':
      return 'sandbox';
    case 'http':
      return `http ${settings.url}`;
    case 'stdio':
      return `stdio ${JSON.stringify([settings.command, ...settings.args])}${settings.cwd === undefined ? '' : ` in ${settings.cwd}`}`;
  }
}

/** The tool list that a database keeps under `key`, as it was read last, for who only looks at it. */
export function storedTools(
  sql: DatabaseSync,
  key: string,
): { name: string; inputSchema: JsonObject; category: Category }[] {
  const rows = sql
    .prepare(
      `SELECT tool.definition, chosen.category
       FROM upstream_tools AS list, json_each(list.tools) AS listed
       JOIN tool_definitions AS tool ON tool.upstream = list.upstream AND tool.digest = listed.value
       LEFT JOIN tool_categories AS chosen ON chosen.upstream = tool.upstream AND chosen.digest = tool.digest
       WHERE list.upstream = ?`,
    )
    .all(key) as { definition: string; category: Category | null }[];
  return rows.map(({ definition, category }) => {
    const tool = JSON.parse(definition) as ToolDefinition;
    return { name: tool.name, inputSchema: tool.inputSchema, category: category ?? kindOf(tool).category };
  });
}
