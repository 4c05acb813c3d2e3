/** What the tools of a server are, for a policy that is looked at. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../shared/json.ts';
import { serverOf } from '../../shared/servers.ts';
import type { Category } from '../../shared/tool-category.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { migrations } from '../database/migrations.ts';
import { storedTools, toolListKey } from '../upstream/tools/stored.ts';
import { ask, runsHere } from './host.ts';
import { settingsIn } from './stored-settings.ts';

/** What of a tool a policy goes by. */
export interface KnownTool {
  name: string;
  inputSchema: JsonObject;
  category: Category;
}

/** Milliseconds that a running Greenlight has to answer. */
const PATIENCE = 10_000;

/**
 * The tools of `server`: of the Greenlight that runs with `home`, or as one read them last (`kept`). `undefined`: neither
 * knows any.
 */
export async function findTools(
  home: string,
  server: string,
): Promise<{ tools: KnownTool[]; kept: boolean } | undefined> {
  const running = await toolsNow(home, server);
  if (running.length > 0) return { tools: running, kept: false };
  const tools = toolsKept(home, server);
  return tools.length > 0 ? { tools, kept: true } : undefined;
}

async function toolsNow(home: string, server: string): Promise<KnownTool[]> {
  if (!runsHere(home)) return [];
  try {
    const silence = sleep(PATIENCE, { tools: [] }, { ref: false });
    return (await Promise.race([ask(home, 'upstream.tools', { server }), silence])).tools;
  } catch (error) {
    // It has no such server, or cannot be asked. What it keeps can be read all the same.
    if (error instanceof UserFacingError) return [];
    throw error;
  }
}

function toolsKept(home: string, server: string): KnownTool[] {
  const upstream = serverOf(settingsIn(home), server)?.upstream;
  const path = join(home, 'greenlight.db');
  if (upstream === undefined || !existsSync(path)) return [];
  let sql: DatabaseSync | undefined;
  try {
    sql = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    const { user_version: schema } = sql.prepare('PRAGMA user_version').get() as { user_version: number };
    return schema === migrations.length ? storedTools(sql, toolListKey(server, upstream)) : [];
  } catch {
    // One that cannot be read knows nothing; "greenlight doctor" says what is wrong with it.
    return [];
  } finally {
    sql?.close();
  }
}
