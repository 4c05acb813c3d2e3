import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import type { OutsideChange } from '../../../main/base/outside.ts';
import type { Time } from '../../../main/base/ports.ts';
import { type Database, openDatabase } from '../../../main/database/database.ts';
import { openPolicies, type Policies } from '../../../main/policies/policies.ts';
import type { Json } from '../../../shared/json.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';
import { PATIENCE } from '../../support/wait.ts';

/** A data directory of its own for each test, and a Greenlight's policies in it that can stop and start. */
export interface Home {
  directory: string;
  folder: string;
  database: Database;
  policies: Policies;
  /** What the clock says; a test moves it by hand. */
  time: { now: number };
  path(id: string): string;
  write(id: string, content: Json | Buffer): void;
  text(id: string): string;
  stop(): void;
  /** With `firstRun`, or by default where there is no database yet, what is there is in force at once. */
  start(options?: { firstRun: boolean }): Policies;
  /** Stops and starts. */
  restart(): Policies;
  /** The policy "mine", saved and in force as version 1. */
  saveMine(): Policies;
  /** What another program made of the file of `id`, and waits for the person. */
  change(id: string): OutsideChange | undefined;
  /** The person's answer to what stands in the file of `id` now. */
  answer(id: string, answer: 'use' | 'keep'): void;
}

/** Waits for what the watcher brings. */
export const eventually = (expectation: () => void) =>
  vi.waitFor(expectation, { timeout: PATIENCE, interval: 20 });

export function homePerTest(): Home {
  const home = {
    time: { now: 0 },
    path: (id: string) => join(home.folder, `${id}.json`),
    write: (id: string, content: Json | Buffer) =>
      writeFileSync(
        home.path(id),
        Buffer.isBuffer(content) || typeof content === 'string' ? content : JSON.stringify(content),
      ),
    text: (id: string) => readFileSync(home.path(id), 'utf8'),
    stop() {
      home.policies?.close();
      home.database?.close();
    },
    start(options) {
      const path = join(home.directory, 'greenlight.db');
      const { firstRun } = options ?? { firstRun: !existsSync(path) };
      home.database = openDatabase(path);
      const clock: Time = {
        now: () => home.time.now,
        after: () => () => {},
        toWall: (at) => at,
        fromWall: (wall) => wall,
        wallGained: () => 0,
      };
      home.policies = openPolicies({
        directory: home.directory,
        database: home.database,
        firstRun,
        clock,
        logger: silent,
      });
      return home.policies;
    },
    restart() {
      home.stop();
      return home.start();
    },
    saveMine() {
      home.policies.save({ id: 'mine', name: 'Mine', document: reading });
      return home.policies;
    },
    change: (id) => home.policies.outside.list().find((change) => change.id === `policy:${id}`),
    answer(id, answer) {
      home.policies.outside.decide(`policy:${id}`, String(home.change(id)?.digest), answer);
    },
  } as Home;
  beforeEach(() => {
    home.directory = temporaryFolder();
    home.folder = join(home.directory, 'policies');
    home.time.now = Date.UTC(2030, 0, 1);
    home.start();
  });
  afterEach(() => {
    try {
      home.stop();
    } catch {
      // The test stopped it already.
    }
  });
  return home;
}

/** Documents that are easy to tell apart. */
export const reading = {
  version: '1',
  description: 'Reading only.',
  default: 'deny',
  tools: { luma_get_task: {} },
};
export const closed = { version: '1', default: 'deny', tools: {} };
export const asking = { version: '1', default: 'require_approval', tools: {} };
