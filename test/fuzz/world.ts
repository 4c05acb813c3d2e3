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
import { TICKET_LIFE } from '../../main/ledger/approvals.ts';
import { canonicalJson } from '../../shared/digest.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { GuardSettings } from '../../shared/settings.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { startGreenlight, type TestGreenlight } from '../support/greenlight.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** What the policy allows: so many calls, and so much for each client, in no interval that is longer. */
const WINDOW = MINUTE;
const MOST = 6;
const SPEND_WINDOW = HOUR;
const MOST_SPENT = 3.2;
const COST = 0.4;

/** A call on its way: what the upstream sees, from when until when. */
interface Forwarded {
  call: Call;
  run: Run;
  from: number;
  to: number;
  /** Whether the upstream had it, so that it counts. */
  counts: boolean;
  /** What came of it, and in which process. */
  end?: { result: 'ok' | 'upstream error'; start: number };
}

/** What the person said yes to: exactly this, and until when it may run. */
interface Approved {
  sent: { tool: string; arguments: string; also: string };
  until: number;
  /** Which upstream it was asked for. */
  upstream: number;
  ran: boolean;
}

function policy(version: number): Json {
  const limits = [{ counter: 'calls', window: WINDOW / SECOND, max: MOST, scope: 'all' }];
  return {
    version: '1',
    default: 'require_approval',
    description: `Version ${version}`,
    costs: { luma_generate_video: COST },
    all_tools: {
      limits: [
        ...limits,
        {
          counter: 'spend',
          window: SPEND_WINDOW / SECOND,
          max: MOST_SPENT,
          increment_from: 'cost',
          scope: 'grant',
        },
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
  admit(grantId: string, asked: Asked): Promise<void>;
  answer(approvalId: string, answer: PersonsAnswer): void;
  finish(one: Forwarded | undefined, reached: boolean): void;
  guard(mode: GuardSettings['mode']): void;
  /** Exchanges the upstream. */
  exchange(): Promise<void>;
  /** Puts the next version of the policy in force. */
  nextPolicy(): void;
  /** Starts anew on what is on the disk: after a stop, or as a kill at this moment leaves it. */
  again(how: 'stop' | 'kill'): Promise<void>;
  /** Looks whether what is in memory is what is on the disk. */
  look(): void;
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
  const approved = new Map<string, Approved>();
  /** Which upstream there is now. */
  let upstream = 1;
  /** Until when (true time) the person let calls run without asking. */
  let guardUntil = Number.NEGATIVE_INFINITY;
  /** `most`: how many calls it permits. */
  const standing: { grant: string; tool: string; until: number; most: number }[] = [];
  let byAllowance: { grant: string; tool: string }[] = [];

  /** Whether the person allowed such calls for a time that is not over, and not fewer than ran by that, this one included. */
  const stands = (grantId: string, toolName: string) => {
    const of = (one: { grant: string; tool: string }) => one.grant === grantId && one.tool === toolName;
    byAllowance = [...byAllowance, { grant: grantId, tool: toolName }];
    const given = standing.filter(of);
    return (
      given.some(({ until }) => clock.now() < until) &&
      byAllowance.filter(of).length <= given.reduce((sum, { most }) => sum + most, 0)
    );
  };

  const rowOf = (callId: string) =>
    greenlight.core.database.sql.prepare('SELECT * FROM activity WHERE id = ?').get(callId) as
      | ActivityRecord
      | undefined;

  /** A call runs that was sent when there was the upstream `sentTo`. */
  function started(call: Call, run: Run, sentTo = upstream): void {
    const { core } = greenlight;
    const now = clock.now();
    const one = { call, run, from: now, to: Number.POSITIVE_INFINITY, counts: true };
    if (forwarded.some(({ run: { callId } }) => callId === run.callId)) problems.add('a call ran twice');
    forwarded.push(one);
    running.push(one);
    if (sentTo !== upstream) problems.add('a call ran at another upstream than it was sent to');
    const row = rowOf(run.callId);
    if (row?.forwarded !== 1)
      return void problems.add(`a call ran that the log does not have: ${run.callId}`);
    const grant = core.grants.get(call.grant.id);
    if (!grant || grant.revokedAt !== undefined) problems.add('a call of a revoked client ran');
    if (Number(row.at) < (grant?.rotatedAt ?? 0)) problems.add('a call with an old token ran');
    if (core.guard.current().mode === 'block') problems.add('a call ran while all were blocked');
    if ((core.allowances.blockedUntil(call.grant.id) ?? 0) > core.clock.now())
      problems.add('a call of a blocked client ran');
    if (row.policy_version !== core.policies.inForce(String(row.policy_id))?.version)
      problems.add('a call ran by a policy that is not in force');
    if (row.tool !== call.tool) problems.add(`the log has ${row.tool} for ${call.tool}`);
    if (String(row.edited ?? row.arguments) !== JSON.stringify(run.arguments))
      problems.add(`the log has ${row.edited ?? row.arguments}, ran ${JSON.stringify(run.arguments)}`);
    if (String(row.also ?? '{}') !== JSON.stringify(call.also))
      problems.add(`the log has ${row.also} beside the arguments, sent was ${JSON.stringify(call.also)}`);
    if (row.decided_by === 'guard mode' && now >= guardUntil)
      problems.add('“allow without asking” answered after its end');
    if (row.decided_by === 'allowance' && !stands(call.grant.id, call.tool))
      problems.add('an allowance answered that was not given, or over');
    if (row.decided_by !== 'person') return;
    const said = approved.get(String(row.approval_id));
    const ran = { tool: call.tool, arguments: canonicalJson(run.arguments), also: canonicalJson(call.also) };
    if (!said || canonicalJson(said.sent) !== canonicalJson(ran))
      return void problems.add(`approved ${JSON.stringify(said?.sent)}, ran ${JSON.stringify(ran)}`);
    if (said.ran) problems.add('an approval ran twice');
    if (now >= said.until) problems.add('an approval ran after its time');
    if (said.upstream !== upstream) problems.add('an approval ran at another upstream than it was given for');
    said.ran = true;
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
    async admit(grantId, { also = {}, session, ...asked }) {
      const grant = greenlight.core.grants.get(grantId);
      if (!grant) return;
      const call: Call = { grant, session, client: undefined, also, capabilities: undefined, ...asked };
      const found = await greenlight.core.gate.admit(call);
      if (found.kind === 'run') started(call, found.run);
      if (found.kind !== 'wait') return;
      waits.push(found.wait);
      const sentTo = upstream;
      void found.wait.settled.then((admission) => {
        if (admission.kind === 'run') started(call, admission.run, sentTo);
      });
    },
    answer(approvalId, answer) {
      const { core } = greenlight;
      const { approvals, gate } = core;
      const approval = approvals.get(approvalId);
      if (!approval) return;
      const now = clock.now();
      // Questions that a lasting answer covers as well are answered with it, each as it was asked.
      const covered = approvals
        .pending()
        .filter(
          ({ id, grantId, tool }) =>
            id !== approvalId &&
            grantId === approval.grantId &&
            tool === approval.tool &&
            answer.for !== 'once',
        );
      const asked = [...covered, approval].map(({ id, tool, arguments: args, also }) => {
        const edited = id === approvalId && answer.answer === 'allow' ? answer.arguments : undefined;
        return {
          id,
          sent: { tool, arguments: canonicalJson(edited ?? args), also: canonicalJson(also) },
        };
      });
      // What cannot be written throws, and was never said.
      gate.decide(approvalId, answer);
      if (approval.expiresAt <= core.clock.now()) problems.add('an answer was taken after its time');
      if (answer.answer !== 'allow') return;
      for (const { id, sent } of asked) {
        if (approvals.get(id)?.state === 'allowed' && !approved.has(id))
          approved.set(id, { sent, until: now + TICKET_LIFE, upstream, ran: false });
      }
      const until = answer.for === '15m' ? now + 15 * MINUTE : Number.POSITIVE_INFINITY;
      const { grantId: grant, tool } = approval;
      const most = { once: 0, 'next-3': 3, '15m': 10, quit: 25, 'up-to': 0 }[answer.for];
      if (answer.for !== 'once') standing.push({ grant, tool, until, most });
    },
    finish(one, reached) {
      if (!one) return;
      one.to = clock.now();
      one.counts = reached;
      const result = reached ? 'ok' : 'upstream error';
      one.end = { result, start: world.starts };
      one.run.finish({
        reached,
        result,
        ...(reached && { response: { result: { content: [] } } }),
      });
    },
    guard(mode) {
      if (mode === 'allow') guardUntil = clock.now() + 15 * MINUTE;
      greenlight.core.guard.set({ mode });
    },
    async exchange() {
      await greenlight.core.useUpstream({ kind: 'sandbox' }, {});
      upstream += 1;
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
    look() {
      const { database, allowances, clock: time } = greenlight.core;
      const kept = database.sql
        .prepare(
          'SELECT id, effect, created_at, until FROM allowances WHERE until IS NULL OR until > ? ORDER BY id',
        )
        .all(time.now())
        // A permission also ends with the time that the wall clock gained.
        .filter(
          ({ effect, created_at, until }) =>
            effect === 'block' ||
            until === null ||
            Number(until) - time.wallGained(Number(created_at)) > time.now(),
        );
      const known = allowances.list().map(({ id }) => id);
      if (JSON.stringify(known.sort()) !== JSON.stringify(kept.map(({ id }) => id)))
        problems.add('an allowance is in memory alone, or on the disk alone');
    },
    async end() {
      for (const wait of waits) wait.leave();
      clock.advance(HOUR);
      await heard();
      for (const one of running.splice(0)) world.finish(one, true);
      clock.advance(HOUR);
      clock.advance(24 * HOUR);
      await heard();
      for (const problem of await balance(greenlight, forwarded, world.starts)) problems.add(problem);
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
async function balance({ core }: TestGreenlight, forwarded: Forwarded[], starts: number): Promise<string[]> {
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
  const results = new Map(all('SELECT id, result FROM activity').map(({ id, result }) => [id, result]));
  for (const { run, end } of forwarded) {
    const result = results.get(run.callId);
    // How a call ended that a kill cut off, or whose end it took along, nobody knows.
    const lost = end === undefined || end.start < starts;
    if (result !== end?.result && !(lost && result === 'interrupted'))
      problems.push(`the log says ${result} of a call that came to ${end?.result}`);
  }
  const counting = forwarded.filter(({ counts }) => counts);
  const counted = Number(
    all('SELECT coalesce(sum(amount), 0) AS n FROM quota_events WHERE counter LIKE \'%"calls"%\'')[0]?.n,
  );
  if (counted < counting.length || counted > forwarded.length)
    problems.push(`${counted} calls count; ${counting.length} must, ${forwarded.length} ran`);
  const most = mostWithin(WINDOW, counting);
  if (most > MOST) problems.push(`${most} calls within a window for ${MOST}`);
  for (const grant of new Set(counting.map(({ call }) => call.grant.id))) {
    const spending = counting.filter(
      ({ call }) => call.grant.id === grant && call.tool === 'luma_generate_video',
    );
    const spent = mostWithin(SPEND_WINDOW, spending) * COST;
    if (spent > MOST_SPENT + 1e-6) problems.push(`${spent} spent within a window for ${MOST_SPENT}`);
  }
  return problems;
}

/** The most of `calls` that count within any interval of this length. */
function mostWithin(window: number, calls: readonly Forwarded[]): number {
  return Math.max(
    0,
    ...calls.map(({ from }) => calls.filter((one) => one.from <= from && from < one.to + window).length),
  );
}
