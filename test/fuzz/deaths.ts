/** What a process that died at some write left behind: nothing that was told is missing, and the books balance. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LUMA } from '../../shared/server-id.ts';
import { createTestClock } from '../support/clock.ts';
import { startGreenlight } from '../support/greenlight.ts';
import type { Told } from './die.ts';

const PROGRAM = fileURLToPath(new URL('./die.ts', import.meta.url));

/** Lets a process whose calls go to `server` die just before its write number `dieAt` (0: at its end), starts anew, and looks. */
export async function seeDeath(dieAt: number, server = LUMA): Promise<{ told: Told[]; problems: string[] }> {
  const directory = mkdtempSync(join(tmpdir(), 'greenlight-death-'));
  try {
    const child = spawn(process.execPath, [PROGRAM, directory, server], {
      env: { ...process.env, DIE_AT: `${dieAt}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.resume();
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await once(child, 'close');
    const told = output
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Told);
    return { told, problems: await look(directory, told) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function look(directory: string, told: Told[]): Promise<string[]> {
  const problems: string[] = [];
  const clock = createTestClock(Date.now());
  const greenlight = await startGreenlight({ dataDir: directory, clock, policy: null });
  const { core } = greenlight;
  const all = (query: string, ...values: string[]) => core.database.sql.prepare(query).all(...values);
  if (core.problems.length > 0) problems.push(JSON.stringify(core.problems));
  const waits = core.outside.flatMap((place) => place.list());
  if (waits.length > 0) problems.push(`changes that nobody made wait: ${JSON.stringify(waits)}`);
  const { costUnit, holdSeconds } = core.settings.get();
  const sets = told.filter(({ what }) => what === 'set').length;
  // What was told, or what came after it.
  const possible = ['$', 'a', 'b'].slice(sets, sets + 2);
  if (!possible.includes(costUnit) || (holdSeconds === 1) !== (costUnit === 'b'))
    problems.push(`settings that were set are lost: ${costUnit} ${holdSeconds}, after ${sets}`);
  for (const line of told) {
    switch (line.what) {
      case 'ran': {
        const [row] = all('SELECT forwarded, result FROM activity WHERE id = ?', line.callId);
        if (row?.forwarded !== 1 || row.result === null)
          problems.push(`a call that ran is not in the log: ${JSON.stringify(row)}`);
        break;
      }
      case 'asked':
        if (!core.approvals.get(line.approvalId)) problems.push('a question that was asked is gone');
        break;
      case 'allowed':
      case 'denied': {
        const state = core.approvals.get(line.approvalId)?.state;
        if (state !== line.what) problems.push(`an answer is lost: ${line.what}, now ${state}`);
        break;
      }
      case 'granted':
        if (!core.grants.get(line.grantId)) problems.push('a grant is gone');
        break;
      case 'revoked':
        if (core.grants.get(line.grantId)?.revokedAt === undefined) problems.push('a revocation is lost');
        break;
    }
  }
  const ran = told.filter(({ what }) => what === 'ran').length;
  const counted = Number(all('SELECT coalesce(sum(amount), 0) AS n FROM quota_events')[0]?.n);
  const held = Number(all('SELECT coalesce(sum(amount), 0) AS n FROM reservations')[0]?.n);
  if (counted + held < ran) problems.push(`${ran} calls ran, ${counted} count`);
  // Its client calls again: a ticket that was used must not work once more.
  for (const line of told) {
    const approval = line.what === 'allowed' ? core.approvals.get(line.approvalId) : undefined;
    const grant = approval && core.grants.get(approval.grantId);
    if (!approval || !grant) continue;
    const { server, session, tool, arguments: args, also } = approval;
    const call = {
      server,
      grant,
      session,
      client: undefined,
      tool,
      arguments: args,
      also,
      capabilities: undefined,
    };
    const found = await core.gate.admit(call);
    if (found.kind === 'run')
      found.run.finish({ reached: true, result: 'ok', response: { result: { content: [] } } });
  }
  const twice = all(
    'SELECT approval_id FROM activity WHERE forwarded = 1 AND approval_id IS NOT NULL GROUP BY approval_id HAVING count(*) > 1',
  );
  if (twice.length > 0) problems.push('an approval ran twice');
  clock.advance(3_600_000);
  const open = all(
    "SELECT id FROM activity WHERE outcome = 'pending' OR (forwarded = 1 AND result IS NULL) UNION SELECT owner FROM reservations UNION SELECT id FROM approvals WHERE state = 'pending'",
  );
  if (open.length > 0) problems.push(`left open: ${JSON.stringify(open)}`);
  const verified = await core.activity.verify();
  if (!verified.valid) problems.push(`the chain: ${verified.message}`);
  await greenlight.stop();
  return problems;
}
