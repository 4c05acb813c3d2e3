/**
 * A Greenlight with a clock, what is on its way through it, and the books that it must balance: for random lives
 * and small worlds. Runs without a test runner.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PersonsAnswer } from '../../main/gate/decide.ts';
import type { Call, Wait } from '../../main/gate/gate.ts';
import type { Run } from '../../main/gate/runs.ts';
import type { ActivityRecord } from '../../main/ledger/activity-row.ts';
import { canonicalJson } from '../../shared/digest.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { GuardSettings } from '../../shared/settings.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { startGreenlight, type TestGreenlight } from '../support/greenlight.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
const WINDOW = MINUTE;
const MOST = 6;

/** A call on its way: what the upstream sees, from when until when. */
interface Forwarded {
  call: Call;
  run: Run;
  from: number;
  to: number;
  /** Whether the upstream had it, so that it counts. */
  counts: boolean;
}

function policy(version: number): Json {
  const limits = [{ counter: 'calls', window: WINDOW / SECOND, max: MOST, scope: 'all' }];
  return {
    version: '1',
    default: 'require_approval',
    description: `Version ${version}`,
    costs: { luma_generate_video: 0.4 },
    all_tools: {
      limits: [
        ...limits,
        { counter: 'spend', window: 'hour', max: 8, increment_from: 'cost', scope: 'grant' },
      ],
      ...(version % 2 === 0 && { require_approval: { timeout: '30s' } }),
    },
    tools: { luma_list_actions: {}, luma_get_task: { limits } },
  };
}

/** What is asked for. */
interface Asked {
  tool: string;
  arguments: JsonObject;
  also?: JsonObject;
  session?: string | undefined;
}

/** The world; `greenlight` is another after each start. */
export interface World {
  readonly clock: TestClock;
  readonly greenlight: TestGreenlight;
  /** What went wrong so far, in words. */
  readonly problems: Set<string>;
  readonly forwarded: Forwarded[];
  /** What runs, and what waits. */
  readonly running: Forwarded[];
  readonly waits: Wait[];
  starts: number;
  admit(grantId: string, asked: Asked): void;
  answer(approvalId: string, answer: PersonsAnswer): void;
  finish(one: Forwarded | undefined, reached: boolean): void;
  guard(mode: GuardSettings['mode']): void;
  /** Puts the next version of the policy in force. */
  nextPolicy(): void;
  /** Starts anew on what is on the disk: after a stop, or as a kill at this moment leaves it. */
  again(how: 'stop' | 'kill'): Promise<void>;
  /** Ends everything, looks whether the books balance, and stops. */
  end(): Promise<void>;
  /** Removes what it left on the disk. */
  remove(): void;
}

/** Opens a world at the start of its time. */
export async function openWorld(): Promise<World> {
  const clock = createTestClock();
  const problems = new Set<string>();
  let directory = newFolder();
  const directories = [directory];
  let version = 1;
  let greenlight!: TestGreenlight;
  const start = async () => {
    greenlight = await startGreenlight({
      dataDir: directory,
      clock,
      policy: policy(version),
      settings: { holdSeconds: 20 },
    });
    for (const { id, message } of greenlight.core.problems) problems.add(`a start tells ${id}: ${message}`);
  };
  await start();

  const waits: Wait[] = [];
  const running: Forwarded[] = [];
  const forwarded: Forwarded[] = [];
  /** What the person allowed, by approval. */
  const approved = new Map<string, { tool: string; arguments: string; also: string }>();
  /** Until when (true time) the person let calls run without asking. */
  let guardUntil = Number.NEGATIVE_INFINITY;
  const standing: { grant: string; tool: string; until: number }[] = [];

  const rowOf = (callId: string) =>
    greenlight.core.database.sql.prepare('SELECT * FROM activity WHERE id = ?').get(callId) as
      | ActivityRecord
      | undefined;

  function started(call: Call, run: Run): void {
    const one = { call, run, from: clock.now(), to: Number.POSITIVE_INFINITY, counts: true };
    forwarded.push(one);
    running.push(one);
    const row = rowOf(run.callId);
    if (row?.forwarded !== 1)
      return void problems.add(`a call ran that the log does not have: ${run.callId}`);
    if (row.tool !== call.tool) problems.add(`the log has ${row.tool} for ${call.tool}`);
    if (String(row.edited ?? row.arguments) !== JSON.stringify(run.arguments))
      problems.add(`the log has ${row.edited ?? row.arguments}, ran ${JSON.stringify(run.arguments)}`);
    if (row.decided_by === 'guard mode' && clock.now() >= guardUntil)
      problems.add('“allow without asking” answered after its end');
    if (
      row.decided_by === 'allowance' &&
      !standing.some(
        ({ grant, tool, until }) => grant === call.grant.id && tool === call.tool && clock.now() < until,
      )
    )
      problems.add('an allowance answered that was not given, or over');
    if (row.decided_by !== 'person') return;
    const said = approved.get(String(row.approval_id));
    const ran = { tool: call.tool, arguments: canonicalJson(run.arguments), also: canonicalJson(call.also) };
    if (!said || canonicalJson(said) !== canonicalJson(ran))
      problems.add(`approved ${JSON.stringify(said)}, ran ${JSON.stringify(ran)}`);
  }

  const world: World = {
    clock,
    get greenlight() {
      return greenlight;
    },
    problems,
    forwarded,
    running,
    waits,
    starts: 1,
    admit(grantId, { also = {}, session, ...asked }) {
      const grant = greenlight.core.grants.get(grantId);
      if (!grant) return;
      const call: Call = { grant, session, client: undefined, also, capabilities: undefined, ...asked };
      const found = greenlight.core.gate.admit(call);
      if (found.kind === 'run') started(call, found.run);
      if (found.kind !== 'wait') return;
      waits.push(found.wait);
      void found.wait.settled.then((admission) => {
        if (admission.kind === 'run') started(call, admission.run);
      });
    },
    answer(approvalId, answer) {
      const { approvals, gate } = greenlight.core;
      const approval = approvals.get(approvalId);
      if (!approval) return;
      if (answer.answer === 'allow') {
        // Alike questions are answered with it, each as it was asked.
        for (const one of [...approvals.pending(), approval]) {
          const args = one.id === approvalId ? (answer.arguments ?? one.arguments) : one.arguments;
          approved.set(one.id, {
            tool: one.tool,
            arguments: canonicalJson(args),
            also: canonicalJson(one.also),
          });
        }
        // Noted before it is known whether it can be written.
        const until = answer.for === '15m' ? clock.now() + 15 * MINUTE : Number.POSITIVE_INFINITY;
        if (answer.for !== 'once') standing.push({ grant: approval.grantId, tool: approval.tool, until });
      }
      gate.decide(approvalId, answer);
    },
    finish(one, reached) {
      if (!one) return;
      one.to = clock.now();
      one.counts = reached;
      one.run.finish({
        reached,
        result: reached ? 'ok' : 'upstream error',
        ...(reached && { response: { result: { content: [] } } }),
      });
    },
    guard(mode) {
      if (mode === 'allow') guardUntil = clock.now() + 15 * MINUTE;
      greenlight.core.guard.set({ mode });
    },
    nextPolicy() {
      version += 1;
      greenlight.usePolicy(policy(version));
    },
    async again(how) {
      if (how === 'kill') {
        const copy = newFolder();
        directories.push(copy);
        cpSync(directory, copy, { recursive: true, filter: (path) => !/-shm$|\.lock$/.test(path) });
        directory = copy;
      }
      await greenlight.stop();
      await heard();
      waits.length = 0;
      // Nobody knows how they ended: they count from now.
      for (const one of running.splice(0)) one.to = clock.now();
      for (const one of standing) if (one.until === Number.POSITIVE_INFINITY) one.until = clock.now();
      world.starts += 1;
      await start();
    },
    async end() {
      for (const wait of waits) wait.leave();
      clock.advance(HOUR);
      await heard();
      for (const one of running.splice(0)) world.finish(one, true);
      clock.advance(HOUR);
      clock.advance(24 * HOUR);
      await heard();
      for (const problem of await balance(greenlight, forwarded)) problems.add(problem);
      await greenlight.stop();
    },
    remove() {
      for (const one of directories) rmSync(one, { recursive: true, force: true });
    },
  };
  return world;
}

/** A folder on a disk in memory, where there is one: a world writes thousands of times. */
function newFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'greenlight-world-'));
}

/** Lets everything that was settled be heard of. */
export const heard = () => new Promise((resolve) => setImmediate(resolve));

/** What does not balance, once all is over. */
async function balance({ core }: TestGreenlight, forwarded: Forwarded[]): Promise<string[]> {
  const all = (query: string) => core.database.sql.prepare(query).all();
  const left = {
    'reservations left': all('SELECT * FROM reservations'),
    'rows open': all(
      "SELECT id, outcome, result FROM activity WHERE outcome = 'pending' OR (forwarded = 1 AND result IS NULL)",
    ),
    'approvals open': all(
      "SELECT id, state FROM approvals WHERE state = 'pending' OR (state = 'allowed' AND used_at IS NULL AND ticket_until IS NOT NULL)",
    ),
    'approvals that ran twice': all(
      'SELECT approval_id FROM activity WHERE forwarded = 1 AND approval_id IS NOT NULL GROUP BY approval_id HAVING count(*) > 1',
    ),
  };
  const problems = Object.entries(left)
    .filter(([, rows]) => rows.length > 0)
    .map(([what, rows]) => `${what}: ${JSON.stringify(rows).slice(0, 300)}`);
  const waits = core.outside.flatMap((place) => place.list());
  if (waits.length > 0)
    problems.push(`changes that nobody made wait: ${JSON.stringify(waits).slice(0, 300)}`);
  const verified = await core.activity.verify();
  if (!verified.valid) problems.push(`the chain: ${verified.message}`);
  for (const { id, message } of core.problems) problems.push(`${id}: ${message}`);
  const trouble = core.gate.trouble();
  if (trouble !== undefined) problems.push(`the log cannot be written: ${trouble}`);
  const inLog = Number(all('SELECT count(*) AS n FROM activity WHERE forwarded = 1')[0]?.n);
  if (inLog !== forwarded.length)
    problems.push(`the log has ${inLog} calls that ran, ${forwarded.length} did`);
  const counting = forwarded.filter(({ counts }) => counts);
  const most = Math.max(
    0,
    ...counting.map(
      ({ from }) => counting.filter((one) => one.from <= from && from < one.to + WINDOW).length,
    ),
  );
  if (most > MOST) problems.push(`${most} calls within a window for ${MOST}`);
  return problems;
}
