/**
 * A process that dies while it prunes the log, killed by SIGKILL just before the write that `DIE_AT` counts (0: once
 * nothing more is pruned). A call is under way since before pruning began, and ends half-way.
 * Usage: `DIE_AT=12 NOW=<ms> node test/integration/ledger/die-pruning.ts <data directory>`.
 */
import { writeSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Run } from '../../../main/gate/runs.ts';
import { callOf } from '../../support/calls.ts';
import { createTestClock } from '../../support/clock.ts';
import { startGreenlight } from '../../support/greenlight.ts';

/** One line of standard output. `end`: when (ms) it is over. */
export type Told =
  | { what: 'under way'; callId: string }
  | { what: 'ended' }
  | { what: 'over'; writes: number; end: number };

const dieAt = Number(process.env.DIE_AT);
let armed = false;
let writes = 0;
/** Before a statement that writes. */
function next(): void {
  if (!armed) return;
  writes += 1;
  if (writes === dieAt) process.kill(process.pid, 'SIGKILL');
}
const { run, get } = StatementSync.prototype;
StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
  next();
  return run.apply(this, values);
} as typeof run;
StatementSync.prototype.get = function (this: StatementSync, ...values: Parameters<typeof get>) {
  if (this.sourceSQL.includes('checkpoint')) next();
  return get.apply(this, values);
} as typeof get;
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, text) {
  next();
  return exec.call(this, text);
};

const tell = (line: Told) => void writeSync(1, `${JSON.stringify(line)}\n`);

const clock = createTestClock(Number(process.env.NOW));
const { core, grant } = await startGreenlight({ clock, dataDir: String(process.argv[2]), policy: null });

async function begin() {
  const found = await core.gate.admit(callOf(grant, { session: 's' }));
  if (found.kind !== 'run') throw new Error(`It does not run but: ${found.kind}`);
  return found.run;
}
const answer: Parameters<Run['finish']>[0] = {
  reached: true,
  result: 'ok',
  response: { result: { content: [] } },
};

// Half of what is there is older than this call, half of it is asked after it.
const underWay = await begin();
tell({ what: 'under way', callId: underWay.callId });
for (let count = 0; count < 250; count += 1) (await begin()).finish(answer);
clock.advance(1000);
clock.sleep(91 * 86_400_000);
(await begin()).finish(answer);
clock.advance(1000);
armed = true;
clock.advance(2 * 60_000);
underWay.finish(answer);
// It is written a moment later.
clock.advance(5);
tell({ what: 'ended' });
clock.advance(2 * 60_000);
tell({ what: 'over', writes, end: clock.now() });
process.kill(process.pid, 'SIGKILL');
