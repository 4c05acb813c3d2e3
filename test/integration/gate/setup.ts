import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import type { Notifier } from '../../../main/base/ports.ts';
import { type Denial, denialResult } from '../../../main/gate/denials.ts';
import type { Admission, Gate, Wait } from '../../../main/gate/gate.ts';
import type { CallResponse, Run } from '../../../main/gate/runs.ts';
import { createGreenlight, type Greenlight } from '../../../main/greenlight.ts';
import type { ActivityRecord } from '../../../main/ledger/activity-row.ts';
import type { ApprovalRecord } from '../../../main/ledger/approvals.ts';
import type { Grant } from '../../../main/ledger/grants.ts';
import { openFileVault } from '../../../main/secrets/file-vault.ts';
import { openConfSettings } from '../../../main/settings/settings.ts';
import type { Connection } from '../../../main/upstream/connection.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { LUMA } from '../../../shared/server-id.ts';
import { type ScriptedTool, startHttpUpstream } from '../../servers/http.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';
import { direct } from '../../support/network.ts';

/**
 * The server that the calls are for: what holds of luma holds of every server, so these tests are run for another one,
 * too (`vitest.config.ts`).
 */
export const SERVER = process.env.GREENLIGHT_TEST_SERVER ?? LUMA;
/** What a grant is for. */
export const SERVERS: Grant['servers'] = new Map([[SERVER, undefined]]);

export const SECOND = 1000;
/** The end of a call is written with the next call, or this much later (ms). */
export const SOON = 5;
export const MINUTE = 60 * SECOND;
/** How long a call is held, unless the settings say otherwise. */
export const HOLD = 45 * SECOND;

/** A desktop without notifications: the window is all there is. */
const noNotifier: Notifier = {
  status: () => ({ kind: 'none', working: false, message: 'There are none here.' }),
  show: () => Promise.reject(new Error('There are no notifications here.')),
  close: async () => {},
};

/** The whole core on a data directory of its own, with the sandbox behind it and a clock moved by hand. */
export interface Bench {
  core: Greenlight;
  clock: TestClock;
  directory: string;
  grant: Grant;
  /** A call of `grant`, unless `change` says otherwise. */
  admit(
    tool: string,
    args?: JsonObject,
    change?: { server?: string; grant?: Grant; session?: string; also?: JsonObject },
  ): ReturnType<Gate['admit']>;
  /** Admits a call that must be asked for. */
  ask(
    tool: string,
    args?: JsonObject,
    change?: { server?: string; grant?: Grant; session?: string; also?: JsonObject },
  ): Promise<Asked>;
  /** Puts `document` in force for everyone who names no policy. */
  policy(document: Json): void;
  approval(id: string): ApprovalRecord;
  pending(): ApprovalRecord[];
  /** The log, oldest first. */
  rows(): ActivityRecord[];
  /** Sums of what is held and what was settled, over all counters. */
  counted(): { held: number; settled: number };
  /** A new Greenlight on what a kill at this moment would leave on the disk, once `meanwhile` was done to it. */
  crash(meanwhile?: (sql: DatabaseSync) => void, among?: (directory: string) => void): Promise<Bench>;
  /** Stops this one and starts another on the same directory. */
  restart(): Promise<Bench>;
}

interface Asked {
  wait: Wait;
  approvalId: string;
  /** What became of it, once it is known. */
  settled(): Promise<Admission>;
}

/** Asks before every call, whatever it is. */
export const asking = { version: '1', default: 'require_approval', tools: {} } as const;

/** A policy for one tool. */
export function ruled(rule: JsonObject, more: JsonObject = {}): Json {
  return { version: '1', default: 'deny', tools: { luma_generate_video: rule }, ...more };
}

/** The person's plainest answers. */
export const allow = { answer: 'allow', for: 'once' } as const;
export const deny = { answer: 'deny', for: 'once' } as const;

export const VIDEO = 'luma_generate_video';
export const CAT = { prompt: 'A cat' };

export async function openBench(document: Json = asking): Promise<Bench> {
  const bench = await start(temporaryFolder(), createTestClock());
  bench.policy(document);
  return bench;
}

async function start(directory: string, clock: TestClock): Promise<Bench> {
  const core = await createGreenlight({
    dataDir: directory,
    settings: await openConfSettings(directory),
    secrets: openFileVault(join(directory, 'secrets.json'), 'a file of a test'),
    notifier: noNotifier,
    openWindow: () => {},
    clock,
    logger: silent,
    network: direct,
    port: 0,
  });
  onTestFinished(() => core.stop());
  const { gate, grants, policies, approvals, database } = core;
  if (!core.servers.get(SERVER)) {
    policies.save({ id: 'test', name: 'Test', document: { ...asking, server: SERVER } });
    const other = { name: 'Another', upstream: { kind: 'sandbox' as const }, secrets: {}, policyId: 'test' };
    for (const id of ['second', SERVER]) await core.servers.add({ ...other, id });
    await core.servers.get(SERVER)?.connection.refresh();
    // What was asked in the millisecond in which it came could have been of another.
    clock.advance(1);
  }
  const grant = grants.list()[0] ?? grants.create('Client', SERVERS).grant;

  const bench: Bench = {
    core,
    clock,
    directory,
    grant,
    admit: (tool, args = CAT, change = {}) =>
      gate.admit({
        server: change.server ?? SERVER,
        grant: change.grant ?? grant,
        session: change.session,
        client: { name: 'test', version: '1' },
        tool,
        arguments: args,
        also: change.also ?? {},
        capabilities: undefined,
      }),
    async ask(tool, args, change) {
      const before = new Set(approvals.pending().map(({ id }) => id));
      const admission = await bench.admit(tool, args, change);
      if (admission.kind !== 'wait') throw new Error(`It was not asked: ${JSON.stringify(admission)}`);
      const fresh = approvals.pending().find(({ id }) => !before.has(id));
      const approvalId = fresh?.id ?? String(bench.rows().at(-1)?.approval_id);
      return { wait: admission.wait, approvalId, settled: () => admission.wait.settled };
    },
    policy(document) {
      const saved = policies.save({ id: 'test', name: 'Test', document: onServer(document) });
      if ('errors' in saved) throw new Error(JSON.stringify(saved.errors));
      core.servers.update(SERVER, { policyId: 'test' });
      core.settingsChanged();
    },
    approval(id) {
      const found = approvals.get(id);
      if (!found) throw new Error(`There is no approval ${id}.`);
      return found;
    },
    pending: () => approvals.pending(),
    rows: () =>
      database.sql.prepare('SELECT * FROM activity ORDER BY seq').all() as unknown as ActivityRecord[],
    counted() {
      const sum = (from: string) =>
        Number(database.sql.prepare(`SELECT coalesce(sum(amount), 0) AS n FROM ${from}`).get()?.n);
      // A call that runs at once is written as what counts from its beginning.
      const under = 'owner IN (SELECT id FROM activity WHERE forwarded = 1 AND result IS NULL)';
      return {
        held: sum('reservations') + sum(`quota_events WHERE ${under}`),
        settled: sum(`quota_events WHERE NOT ${under}`),
      };
    },
    async crash(meanwhile, among) {
      // SQLite's files as they are, with what is only in the write-ahead log; the index beside it is rebuilt.
      const copy = temporaryFolder();
      cpSync(directory, copy, { recursive: true, filter: (path) => !/-shm$|\.lock$/.test(path) });
      if (meanwhile) {
        const sql = new DatabaseSync(join(copy, 'greenlight.db'));
        meanwhile(sql);
        sql.close();
      }
      among?.(copy);
      return start(copy, clock);
    },
    async restart() {
      await core.stop();
      return start(directory, clock);
    },
  };
  return bench;
}

/** The connection to the server that the calls are for. */
export function connectionOf(core: Greenlight): Connection {
  const server = core.servers.get(SERVER);
  if (!server) throw new Error('There is no such server.');
  return server.connection;
}

/** `document` as a policy for the server that the calls are for. */
export function onServer(document: Json): Json {
  return SERVER === LUMA ? document : { ...(document as JsonObject), server: SERVER };
}

/** Exchanges the sandbox for an upstream that offers `tools`; what is returned makes it offer others. */
export async function offer(
  { core, clock }: Pick<Bench, 'core' | 'clock'>,
  tools: ScriptedTool[],
): Promise<(tools: ScriptedTool[]) => Promise<void>> {
  const upstream = await startHttpUpstream({ tools });
  onTestFinished(() => upstream.close());
  await core.servers.useUpstream(SERVER, { kind: 'http', url: upstream.url }, {});
  await connectionOf(core).refresh();
  // What was asked in the millisecond of the exchange could have been of the upstream before.
  clock.advance(1);
  return async (next) => {
    await upstream.setTools(next);
    await connectionOf(core).refresh();
  };
}

/** What an agent is told by a call that must not run. */
export function refused(found: Awaited<ReturnType<Gate['admit']>>): Denial & { outcome: unknown } {
  if (found.kind !== 'denied') throw new Error(`It was not denied but: ${found.kind}`);
  const told = denialResult(found.denial)._meta['greenlight/decision'] as { outcome: unknown };
  return { ...found.denial, outcome: told.outcome };
}

/** The run of a call that must run. */
export function running(found: Awaited<ReturnType<Gate['admit']>>): Run {
  if (found.kind !== 'run') throw new Error(`It does not run: ${JSON.stringify(found)}`);
  return found.run;
}

/** Ends a run as if the upstream had answered with `text`. */
export function answer(run: Run, text = 'done'): CallResponse {
  const response: CallResponse = { result: { content: [{ type: 'text', text }] } };
  run.finish({ reached: true, result: 'ok', latencyMs: 5, upstreamStatus: 200, response });
  return response;
}

/** A call that was held and got its ticket. */
export async function ticketed(document: Json = asking) {
  const bench = await openBench(document);
  const asked = await bench.ask(VIDEO);
  bench.clock.advance(HOLD);
  const told = refused(await asked.settled());
  if (told.outcome !== 'waiting') throw new Error(`It got no ticket: ${JSON.stringify(told)}`);
  return { ...bench, approvalId: asked.approvalId };
}
