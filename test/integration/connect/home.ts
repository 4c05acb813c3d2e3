/** A temporary home directory with real files, and a connect over it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Connect, createConnect } from '../../../main/connect/connect.ts';
import { openDatabase } from '../../../main/database/database.ts';
import { createAccepted } from '../../../main/ledger/accepted.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { modeOf } from '../../support/mode.ts';

export const mcpUrl = 'http://127.0.0.1:4747/mcp';
export const token = 'gl_secret-of-this-client';
export const access = { mcpUrl, token };

export interface Home {
  connect: Connect;
  /** The database knows nothing of what was accepted, as after an update, or when it was lost. */
  forget(): void;
  home: string;
  dataDir: string;
  /** Everything that was logged, as text. */
  log: string[];
  path(...parts: string[]): string;
  write(path: string, text: string, mode?: number): string;
  read(path: string): string;
  mode(path: string): number;
  exists(path: string): boolean;
  backups(path: string): string[];
}

export function createHome(
  options: {
    platform?: NodeJS.Platform;
    env?: (home: string) => Record<string, string>;
    onTick?: () => void;
  } = {},
): Home {
  const home = temporaryFolder();
  const dataDir = join(home, 'greenlight-data');
  const log: string[] = [];
  const write = (details: object, message: string) => log.push(JSON.stringify(details) + message);
  const database = openDatabase(join(temporaryFolder(), 'greenlight.db'));
  onTestFinished(() => database.close());
  let now = Date.parse('2026-11-22T20:13:00.000Z');
  const connect = createConnect({
    home,
    platform: options.platform ?? 'linux',
    env: options.env?.(home) ?? {},
    dataDir,
    accepted: createAccepted(database),
    wall() {
      options.onTick?.();
      return now++;
    },
    logger: { debug: write, info: write, warn: write, error: write },
  });
  const path = (...parts: string[]) => join(home, ...parts);
  return {
    connect,
    forget: () => void database.sql.exec('DELETE FROM accepted'),
    home,
    dataDir,
    log,
    path,
    write(name, text, mode = 0o644) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text, { mode });
      return path(name);
    },
    read: (name) => readFileSync(path(name), 'utf8'),
    mode: (name) => modeOf(path(name)),
    exists: (name) => existsSync(path(name)),
    backups: (name) =>
      readdirSync(dirname(path(name)))
        .filter((entry) => entry.includes('.greenlight-backup-'))
        .sort(),
  };
}
