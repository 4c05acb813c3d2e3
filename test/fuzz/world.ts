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
import { serverOfColumn } from '../../main/ledger/server-column.ts';
import { canonicalJson } from '../../shared/digest.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { LUMA } from '../../shared/server-id.ts';
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
/** What the policies of two servers allow over both. */
const MOST_EVERYWHERE = 8;

/** The server beside luma, where there are two. */
export const THIRD = 'third';
/** What a client is for, where there are two. */
export const BOTH = new Map([
  [LUMA, undefined],
  [THIRD, undefined],
]);

/** A call on its way: what the upstream sees, from when until when. */
interface Forwarded {
  call: Call;
  run: Run;
  from: number;
  to: number;
  /** Whether the upstream had it, so that it counts. */
  counts: boolean;
  /** How often its server had been replaced by then. */
  replaced: number;
  /** Its server was removed since: it counts no more, unless the log did not have its end by then (`maybe`). */
  forgotten?: 'yes' | 'maybe';
  /** What came of it, and in which process. */
  end?: { result: 'ok' | 'upstream error'; start: number };
}

/** What the person said yes to: exactly this, and until when it may run. */
interface Approved {
  sent: { tool: string; arguments: string; also: string };
  until: number;
  /** Which server, and which upstream of it, it was asked for. */
  server: string;
  upstream: number | undefined;
  ran: boolean;
}

/** The policy of a server; `several`: whether it is one of two. */
function policy(version: number, server: string, several: boolean): Json {
  const window = WINDOW / SECOND;
  const limits = [
    { counter: 'calls', window, max: MOST, scope: 'all' },
    ...(several ? [{ counter: 'both', window, max: MOST_EVERYWHERE, scope: 'everywhere' }] : []),
  ];
  return {
    version: '1',
    ...(server !== LUMA && { server }),
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

/** What a lasting answer is about. */
interface Allowed {
  server: string;
  grant: string;
  tool: string;
}

/** What is asked for. */
interface Asked {
  /** `luma`, where none is named. */
  server?: string;
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
  /** Exchanges the upstream of a server. */
  exchange(server?: string): Promise<void>;
  /** Removes the server beside luma, and adds another one under its name. */
  replace(): Promise<void>;
  /** Puts the next version of the policy of a server in force. */
  nextPolicy(server?: string): void;
  /** Starts anew on what is on the disk: after a stop, or as a kill at this moment leaves it. */
  again(how: 'stop' | 'kill'): Promise<void>;
  /** Looks whether what is in memory is what is on the disk. */
  look(): void;
  /** Ends everything, looks whether the books balance, and stops. */
  end(): Promise<void>;
  /** Removes what it left on the disk. */
  remove(): void;
}

/** Opens a world at the start of its time, with luma; `several`: and another server, for every client as well. */
export async function openWorld(several = false): Promise<World> {
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
      policy: policy(version, LUMA, several),
      settings: { holdSeconds: 20 },
    });
    const { core, grant } = greenlight;
    if (several && !core.servers.get(THIRD)) {
      core.policies.save({ id: THIRD, name: 'Third', document: policy(version, THIRD, several) });
      await addThird();
    }
    if (several) core.grants.update(grant.id, { servers: BOTH });
    for (const { id, message } of greenlight.core.problems) problems.add(`a start tells ${id}: ${message}`);
  };
  const addThird = () =>
    greenlight.core.servers.add({
      id: THIRD,
      name: 'Third',
      upstream: { kind: 'sandbox' },
      secrets: {},
      policyId: THIRD,
    });
  await start();

  const waits: Wait[] = [];
  const running: Forwarded[] = [];
  const forwarded: Forwarded[] = [];
  /** What the person allowed, by approval. */
  const approved = new Map<string, Approved>();
  /** Which upstream of each server there is now. */
  const upstreams = new Map([
    [LUMA, 1],
    [THIRD, 1],
  ]);
  /** How often the server beside luma was replaced. */
  let replacements = 0;
  /** Until when (true time) the person let calls run without asking. */
  let guardUntil = Number.NEGATIVE_INFINITY;
  /** `most`: how many calls it permits. */
  const standing: (Allowed & { until: number; most: number })[] = [];
  let byAllowance: Allowed[] = [];

  /** Whether the person allowed such calls for a time that is not over, and not fewer than ran by that, this one included. */
  const stands = ({ server, grant, tool }: Call) => {
    const of = (one: Allowed) => one.server === server && one.grant === grant.id && one.tool === tool;
    byAllowance = [...byAllowance, { server, grant: grant.id, tool }];
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

  /** A call runs that was sent when there was the upstream `sentTo` of its server. */
  function started(call: Call, run: Run, sentTo = upstreams.get(call.server)): void {
    const { core } = greenlight;
    const now = clock.now();
    const replaced = call.server === THIRD ? replacements : 0;
    const one = { call, run, from: now, to: Number.POSITIVE_INFINITY, counts: true, replaced };
    if (forwarded.some(({ run: { callId } }) => callId === run.callId)) problems.add('a call ran twice');
    forwarded.push(one);
    running.push(one);
    if (sentTo !== upstreams.get(call.server))
      problems.add('a call ran at another upstream than it was sent to');
    const row = rowOf(run.callId);
    if (row?.forwarded !== 1)
      return void problems.add(`a call ran that the log does not have: ${run.callId}`);
    const grant = core.grants.get(call.grant.id);
    if (!grant || grant.revokedAt !== undefined) problems.add('a call of a revoked client ran');
    if (Number(row.at) <= (grant?.rotatedAt ?? -1)) problems.add('a call with an old token ran');
    if (core.guard.current().mode === 'block') problems.add('a call ran while all were blocked');
    if ((core.allowances.blockedUntil(call.grant.id) ?? 0) > core.clock.now())
      problems.add('a call of a blocked client ran');
    if (row.policy_version !== core.policies.inForce(String(row.policy_id))?.version)
      problems.add('a call ran by a policy that is not in force');
    if (serverOfColumn(row.server) !== call.server)
      problems.add(`the log has a call to ${call.server} at ${row.server}`);
    if (!grant?.servers.has(call.server)) problems.add('a call ran at a server that the client is not for');
    if (core.policies.inForce(String(row.policy_id))?.policy.server !== call.server)
      problems.add("a call ran by another server's policy");
    if (row.tool !== call.tool) problems.add(`the log has ${row.tool} for ${call.tool}`);
    if (String(row.edited ?? row.arguments) !== JSON.stringify(run.arguments))
      problems.add(`the log has ${row.edited ?? row.arguments}, ran ${JSON.stringify(run.arguments)}`);
    if (String(row.also ?? '{}') !== JSON.stringify(call.also))
      problems.add(`the log has ${row.also} beside the arguments, sent was ${JSON.stringify(call.also)}`);
    if (row.decided_by === 'guard mode' && now >= guardUntil)
      problems.add('“allow without asking” answered after its end');
    if (row.decided_by === 'allowance' && !stands(call))
      problems.add('an allowance answered that was not given, or over');
    if (row.decided_by !== 'person') return;
    const said = approved.get(String(row.approval_id));
    const ran = { tool: call.tool, arguments: canonicalJson(run.arguments), also: canonicalJson(call.also) };
    if (!said || canonicalJson(said.sent) !== canonicalJson(ran))
      return void problems.add(`approved ${JSON.stringify(said?.sent)}, ran ${JSON.stringify(ran)}`);
    if (said.ran) problems.add('an approval ran twice');
    if (now >= said.until) problems.add('an approval ran after its time');
    if (said.server !== call.server) problems.add('an approval ran at another server');
    if (said.upstream !== upstreams.get(call.server))
      problems.add('an approval ran at another upstream than it was given for');
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
    async admit(grantId, { server = LUMA, also = {}, session, ...asked }) {
      const grant = greenlight.core.grants.get(grantId);
      if (!grant) return;
      const call: Call = {
        server,
        grant,
        session,
        client: undefined,
        also,
        capabilities: undefined,
        ...asked,
      };
      const found = await greenlight.core.gate.admit(call);
      if (found.kind === 'run') started(call, found.run);
      if (found.kind !== 'wait') return;
      waits.push(found.wait);
      const sentTo = upstreams.get(server);
      void found.wait.settled.then((admission) => {
        if (admission.kind === 'run') started(call, admission.run, sentTo);
      });
    },
    answer(approvalId, answer) {
      const { core } = greenlight;
      const { approvals, gate } = core;
      const approval = approvals.get(approvalId);
      if (!approval) return;
      const { server, grantId: grant, tool } = approval;
      const now = clock.now();
      // Questions that a lasting answer covers as well are answered with it, each as it was asked.
      const covered = approvals
        .pending()
        .filter(
          ({ id, server, grantId, tool }) =>
            id !== approvalId &&
            server === approval.server &&
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
          approved.set(id, {
            sent,
            until: now + TICKET_LIFE,
            server,
            upstream: upstreams.get(server),
            ran: false,
          });
      }
      const until = answer.for === '15m' ? now + 15 * MINUTE : Number.POSITIVE_INFINITY;
      const most = { once: 0, 'next-3': 3, '15m': 10, quit: 25, 'up-to': 0 }[answer.for];
      if (answer.for !== 'once') standing.push({ server, grant, tool, until, most });
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
    async exchange(server = LUMA) {
      await greenlight.core.servers.useUpstream(server, { kind: 'sandbox' }, {});
      upstreams.set(server, (upstreams.get(server) ?? 0) + 1);
    },
    async replace() {
      const { servers, grants } = greenlight.core;
      await servers.remove(THIRD);
      upstreams.set(THIRD, (upstreams.get(THIRD) ?? 0) + 1);
      replacements += 1;
      for (const one of forwarded) {
        if (one.call.server !== THIRD) continue;
        // That it ended is written a moment later, or once it can be.
        one.forgotten ??= rowOf(one.run.callId)?.result == null ? 'maybe' : 'yes';
      }
      for (const one of standing) if (one.server === THIRD) one.until = Math.min(one.until, clock.now());
      const left = grants
        .list()
        .find(({ revokedAt, servers: of }) => revokedAt === undefined && of.has(THIRD));
      if (left) problems.add('a client is for a server that was removed');
      await addThird();
      for (const { id, revokedAt } of grants.list()) {
        if (revokedAt === undefined) grants.update(id, { servers: BOTH });
      }
    },
    nextPolicy(server = LUMA) {
      version += 1;
      const document = policy(version, server, several);
      if (server === LUMA) greenlight.usePolicy(document);
      else greenlight.core.policies.save({ id: server, name: 'Third', document });
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
  const must = counting.filter(({ forgotten }) => forgotten === undefined).length;
  const may = forwarded.filter(({ forgotten }) => forgotten !== 'yes').length;
  const counted = Number(
    all('SELECT coalesce(sum(amount), 0) AS n FROM quota_events WHERE counter LIKE \'%"calls"]\'')[0]?.n,
  );
  if (counted < must || counted > may) problems.push(`${counted} calls count; ${must} must, ${may} may`);
  // One that took the place of another begins with nothing spent.
  const servers = Map.groupBy(counting, ({ call, replaced }) => `${call.server} ${replaced}`);
  for (const calls of servers.values()) {
    const most = mostWithin(WINDOW, calls);
    if (most > MOST) problems.push(`${most} calls within a window for ${MOST}`);
    for (const grant of new Set(calls.map(({ call }) => call.grant.id))) {
      const spending = calls.filter(
        ({ call }) => call.grant.id === grant && call.tool === 'luma_generate_video',
      );
      const spent = mostWithin(SPEND_WINDOW, spending) * COST;
      if (spent > MOST_SPENT + 1e-6) problems.push(`${spent} spent within a window for ${MOST_SPENT}`);
    }
  }
  const everywhere = mostWithin(WINDOW, counting);
  if (core.servers.get(THIRD) && everywhere > MOST_EVERYWHERE)
    problems.push(`${everywhere} calls within a window for ${MOST_EVERYWHERE} over both servers`);
  return problems;
}

/** The most of `calls` that count within any interval of this length. */
function mostWithin(window: number, calls: readonly Forwarded[]): number {
  return Math.max(
    0,
    ...calls.map(({ from }) => calls.filter((one) => one.from <= from && from < one.to + window).length),
  );
}
