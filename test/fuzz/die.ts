/**
 * A process that dies: a short life of the gate, killed by SIGKILL just before the write that `DIE_AT` counts
 * (0: never). What is told to an agent, or shown to the person, is on standard output before the next thing happens.
 * Usage: `DIE_AT=12 node test/fuzz/die.ts <data directory> <server>`.
 */
import { writeSync } from 'node:fs';
import { StatementSync } from 'node:sqlite';
import type { Call } from '../../main/gate/gate.ts';
import type { Run } from '../../main/gate/runs.ts';
import { LUMA } from '../../shared/server-id.ts';
import { createTestClock } from '../support/clock.ts';
import { startGreenlight } from '../support/greenlight.ts';

/** One line of standard output. */
export type Told =
  | { what: 'ran'; callId: string }
  | { what: 'allowed' | 'denied' | 'asked'; approvalId: string }
  | { what: 'revoked' | 'rotated' | 'granted'; grantId: string }
  | { what: 'set'; costUnit: string; holdSeconds: number }
  | { what: 'over'; writes: number };

const dieAt = Number(process.env.DIE_AT);
let writes = 0;
let armed = false;
const run = StatementSync.prototype.run;
StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
  if (armed) {
    writes += 1;
    if (writes === dieAt) process.kill(process.pid, 'SIGKILL');
  }
  return run.apply(this, values);
} as typeof run;

const tell = (line: Told) => void writeSync(1, `${JSON.stringify(line)}\n`);
const heard = () => new Promise((resolve) => setImmediate(resolve));

const limit = { counter: 'all', window: 'day', max: 100, scope: 'all' };
// By a clock of its own it writes the same, in the same order, in every run.
const clock = createTestClock(Date.now());
const [, , dataDir, server = LUMA] = process.argv;
const policy = {
  version: '1',
  default: 'require_approval',
  all_tools: { limits: [limit] },
  tools: { luma_list_actions: {} },
};
const greenlight = await startGreenlight({
  clock,
  dataDir: String(dataDir),
  settings: { holdSeconds: 0 },
  policy,
});
const { core } = greenlight;
const { gate, grants, approvals } = core;
if (server !== LUMA) {
  core.policies.save({ id: server, name: 'Another', document: { ...policy, server } });
  await core.servers.add({
    id: server,
    name: 'Another',
    upstream: { kind: 'sandbox' },
    secrets: {},
    policyId: server,
  });
  grants.update(greenlight.grant.id, { servers: new Map([[server, undefined]]) });
  // What was asked in the millisecond in which it came could have been of another.
  clock.advance(1);
}

function call(grant: Call['grant'], tool: string, prompt?: string): Call {
  const args = prompt === undefined ? {} : { prompt };
  return {
    server,
    grant,
    session: 's',
    client: undefined,
    tool,
    arguments: args,
    also: {},
    capabilities: undefined,
  };
}

function end(running: Run): void {
  tell({ what: 'ran', callId: running.callId });
  running.finish({ reached: true, result: 'ok', response: { result: { content: [] } } });
}

/** Time for the end of a call to be written by itself. */
const moment = () => clock.advance(5);

/** Asks, and is told to call again; the approval's id. */
async function ask(asked: Call): Promise<string> {
  const found = await gate.admit(asked);
  if (found.kind !== 'wait') throw new Error(`It was not asked but: ${found.kind}`);
  const id = String(approvals.pending().at(-1)?.id);
  tell({ what: 'asked', approvalId: id });
  // It is held for no time at all.
  clock.advance(0);
  await found.wait.settled;
  return id;
}

armed = true;
const two = grants.create('Two', new Map([[server, undefined]])).grant;
tell({ what: 'granted', grantId: two.id });
const plain = await gate.admit(call(greenlight.grant, 'luma_list_actions'));
if (plain.kind === 'run') end(plain.run);

const allowed = await ask(call(greenlight.grant, 'luma_generate_video', 'a'));
gate.decide(allowed, { answer: 'allow', for: '15m' });
tell({ what: 'allowed', approvalId: allowed });
const redeemed = await gate.admit(call(greenlight.grant, 'luma_generate_video', 'a'));
if (redeemed.kind === 'run') end(redeemed.run);
moment();
await heard();

const denied = await ask(call(two, 'luma_generate_video', 'b'));
gate.decide(denied, { answer: 'deny', for: 'block-15m' });
tell({ what: 'denied', approvalId: denied });

grants.rotate(greenlight.grant.id);
tell({ what: 'rotated', grantId: greenlight.grant.id });
grants.revoke(two.id);
tell({ what: 'revoked', grantId: two.id });
for (const [holdSeconds, costUnit] of ['a', 'b'].entries()) {
  core.settings.set({ ...core.settings.get(), costUnit, holdSeconds });
  tell({ what: 'set', costUnit, holdSeconds });
}
core.guard.set({ mode: 'ask' });
core.guard.set({ mode: 'policy' });
// A call that is under way, and one that waits, at the end.
await gate.admit(call(greenlight.grant, 'luma_list_actions'));
await heard();
tell({ what: 'over', writes });
process.kill(process.pid, 'SIGKILL');
