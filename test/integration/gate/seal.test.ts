/**
 * What the person accepted is sealed: what other programs write into the database does not count, and is told.
 * The agent has a shell, so it can run every statement below.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSessions } from '../../../main/ledger/sessions.ts';
import {
  allow,
  type Bench,
  HOLD,
  MINUTE,
  openBench,
  refused,
  ruled,
  running,
  SERVER,
  SERVERS,
  VIDEO,
} from './setup.ts';

const limited = ruled({ limits: [{ counter: 'videos', window: 'hour', max: 2 }] }, { default: 'deny' });

/** What a start is told of the seal. */
const told = ({ core }: Bench) => core.problems.find(({ id }) => id === 'seal')?.message;

/** Nothing runs until the person has chosen a guard mode again; chooses it. */
async function isBlocked(bench: Bench): Promise<void> {
  expect(refused(await bench.admit(VIDEO)).rule).toBe('(blocked by user)');
  bench.core.guard.set({ mode: 'policy' });
}

/** Runs a call to its end. */
async function run(bench: Bench): Promise<void> {
  running(await bench.admit(VIDEO)).finish({ reached: true, result: 'ok', latencyMs: 1 });
}

test('a database that nobody else wrote to starts as it was, after a stop and after a kill', async () => {
  const bench = await openBench(limited);
  await run(bench);
  const crashed = await bench.crash();
  expect(told(crashed)).toBeUndefined();
  expect(crashed.core.guard.current()).toEqual({ mode: 'policy' });
  const again = await bench.restart();
  expect(told(again)).toBeUndefined();
  await run(again);
  expect(refused(await again.admit(VIDEO)).rule).toMatch(/limits/);
});

describe('while Greenlight is stopped', () => {
  test('a client that was put in is revoked and told', async () => {
    const bench = await openBench(limited);
    const after = await bench.crash((sql) => {
      sql.exec(`INSERT INTO grants (id, label, token_hash, policy_id, created_at)
        SELECT 'forged', 'Mine', 'ab', policy_id, created_at FROM grants LIMIT 1`);
    });
    expect(told(after)).toMatch(
      /did not write 1 client, and left that out; a copy is in .*foreign-.*json\. Every call is/,
    );
    expect(told(after)).not.toContain('taken out');
    expect(after.core.grants.get('forged')?.revokedAt).toBeDefined();
    expect(after.core.grants.get(bench.grant.id)?.revokedAt).toBeUndefined();
    const kept = /in (\S+\.json)/.exec(told(after) ?? '')?.[1] ?? '';
    await isBlocked(after);
    await run(after);
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject([
      { table: 'grants', row: { id: 'forged' } },
    ]);
  });

  test('a client whose policy, token or end was changed is revoked', async () => {
    for (const change of ["policy_id = 'allow-everything'", "token_hash = 'ab'", 'revoked_at = NULL']) {
      const bench = await openBench(limited);
      const other = bench.core.grants.create('Other', SERVERS).grant;
      bench.core.grants.revoke(other.id);
      const after = await bench.crash((sql) => sql.exec(`UPDATE grants SET ${change} WHERE label = 'Other'`));
      expect(after.core.grants.get(other.id)?.revokedAt).toBeDefined();
      expect(told(after)).toBeDefined();
    }
  });

  test('a client that was given another server is revoked', async () => {
    for (const servers of ['NULL', `'[["second",null],["third",null],["luma",null]]'`]) {
      const bench = await openBench(limited);
      const { grants } = bench.core;
      const other = grants.create('Other', new Map([['second', undefined]])).grant;
      const after = await bench.crash((sql) =>
        sql.exec(`UPDATE grants SET servers = ${servers} WHERE label = 'Other'`),
      );
      expect(after.core.grants.get(other.id)?.revokedAt).toBeDefined();
      expect(told(after)).toContain('1 client');
    }
  });

  test('an allowance, an answer, a session that was moved to another server does not count', async () => {
    const bench = await openBench();
    bench.core.allowances.allow(
      { grantId: bench.grant.id, server: 'second', tool: VIDEO },
      { until: bench.clock.now() + MINUTE },
    );
    const asked = await bench.ask(VIDEO);
    bench.clock.advance(HOLD);
    await asked.settled();
    bench.core.gate.decide(asked.approvalId, allow);
    createSessions(bench.core.database, bench.clock).open('s', {
      server: 'second',
      grantId: bench.grant.id,
      clientName: undefined,
      clientVersion: undefined,
    });
    const column = SERVER === 'luma' ? 'NULL' : `'${SERVER}'`;
    const after = await bench.crash((sql) => {
      sql.exec(`UPDATE allowances SET server = ${column}; UPDATE approvals SET server = 'fourth';
        UPDATE sessions SET server = 'fourth'`);
    });
    expect(told(after)).toMatch(/1 allowance, 1 answer and 1 session/);
    expect(after.core.allowances.list()).toEqual([]);
    expect(after.core.approvals.tickets()).toEqual([]);
    expect((await after.admit(VIDEO)).kind).not.toBe('run');
  });

  test('an allowance that was put in, or made longer, does not count', async () => {
    const bench = await openBench();
    bench.core.allowances.allow(
      { grantId: bench.grant.id, server: SERVER, tool: VIDEO },
      { until: bench.clock.now() + MINUTE },
    );
    const after = await bench.crash((sql) => {
      sql.exec(`UPDATE allowances SET until = until + 86400000;
        INSERT INTO allowances (id, effect, grant_id, tool, created_at, until)
          SELECT 'forged', effect, grant_id, 'other', created_at, until FROM allowances`);
    });
    expect(told(after)).toContain('2 allowances');
    await isBlocked(after);
    expect((await after.admit(VIDEO)).kind).toBe('wait');
    expect(after.core.allowances.list()).toEqual([]);
  });

  test('an allowance whose ceiling was raised, given back or taken out does not count', async () => {
    for (const change of [
      'UPDATE ceilings SET most_calls = 100',
      'UPDATE ceilings SET calls = 0',
      'DELETE FROM ceilings',
    ]) {
      const bench = await openBench();
      bench.core.gate.decide((await bench.ask(VIDEO)).approvalId, { answer: 'allow', for: 'next-3' });
      bench.core.gate.decide(
        (await bench.ask('luma_extend_video', { video_id: 'v', prompt: 'on' })).approvalId,
        {
          answer: 'allow',
          for: '15m',
        },
      );
      await bench.admit('luma_extend_video', { video_id: 'w', prompt: 'on' });
      const after = await bench.crash((sql) => sql.exec(change));
      expect(told(after)).toBeDefined();
      await isBlocked(after);
      after.core.guard.set({ mode: 'policy' });
      expect((await after.admit('luma_extend_video', { video_id: 'x', prompt: 'on' })).kind).toBe('wait');
    }
  });

  test('an answer that was put in runs nothing', async () => {
    const bench = await openBench();
    const { approvalId } = await bench.ask(VIDEO);
    await bench.clock.advance(2 * MINUTE);
    const after = await bench.crash((sql) => {
      sql.exec(
        `UPDATE approvals SET state = 'allowed', ticket_until = expires_at + 86400000, decided_at = created_at`,
      );
    });
    expect(told(after)).toContain('1 answer,');
    expect(after.approval(approvalId).state).toBe('interrupted');
    await isBlocked(after);
    expect((await after.admit(VIDEO)).kind).toBe('wait');
  });

  test.each(['values', 'names'] as const)(
    'what a call sent stays in the copy of such an answer as the log keeps it: %s',
    async (keep) => {
      const bench = await openBench();
      const { settings } = bench.core;
      settings.set({ ...settings.get(), activity: { ...settings.get().activity, arguments: keep } });
      const secret = 'sk-1234567890abcdef1234';
      await bench.ask(
        VIDEO,
        { prompt: `A cat with ${secret}`, callback_url: `https://${secret}.example/` },
        { also: { requestState: `It is ${secret}` } },
      );
      const after = await bench.crash((sql) => {
        sql.exec(
          `UPDATE approvals SET state = 'allowed', ticket_until = expires_at, decided_at = created_at`,
        );
        if (keep === 'names') sql.exec(`UPDATE approvals SET edited = '{"prompt":"${secret}"}'`);
      });
      const kept = readFileSync(/in (\S+\.json)/.exec(told(after) ?? '')?.[1] ?? '', 'utf8');
      expect(kept).not.toContain(secret);
      const [{ row }] = JSON.parse(kept);
      expect(row).toMatchObject({ tool: VIDEO, state: 'allowed' });
      expect(JSON.parse(row.arguments)).toEqual({
        prompt: keep === 'values' ? 'A cat with [masked]' : '[not kept]',
        callback_url: keep === 'values' ? expect.stringContaining('https://') : '[not kept]',
      });
      expect(JSON.parse(row.also)).toEqual({
        requestState: keep === 'values' ? 'It is [masked]' : '[not kept]',
      });
      expect(kept.includes('A cat')).toBe(keep === 'values');
    },
  );

  test('an answer to another call does not run that one', async () => {
    const bench = await openBench();
    const { approvalId } = await bench.ask(VIDEO);
    const other = await bench.ask(VIDEO, { prompt: 'A dog' });
    await bench.clock.advance(2 * MINUTE);
    bench.core.gate.decide(approvalId, allow);
    const digest = bench.approval(other.approvalId).digest;
    const after = await bench.crash((sql) => {
      sql.prepare('UPDATE approvals SET digest = ? WHERE id = ?').run(digest, approvalId);
    });
    await isBlocked(after);
    expect((await after.admit(VIDEO, { prompt: 'A dog' })).kind).toBe('wait');
  });

  test('a version of a policy that was changed is not in force', async () => {
    const bench = await openBench(ruled({}, { default: 'deny' }));
    const after = await bench.crash((sql) => {
      sql.exec(`UPDATE policy_versions SET document = replace(document, '"deny"', '"allow"')`);
    });
    expect(told(after)).toMatch(/versions? of (a policy|policies)/);
    expect(after.core.policies.inForce('test')).toBeUndefined();
  });

  test('amounts that were taken out, or made less, are told, and nothing runs before', async () => {
    for (const change of ['DELETE FROM quota_events', 'UPDATE quota_events SET amount = -5']) {
      const bench = await openBench(limited);
      await run(bench);
      await run(bench);
      const after = await bench.crash((sql) => sql.exec(change));
      expect(told(after)).toMatch(/taken out or put back|1 amount|2 amounts/);
      await isBlocked(after);
    }
  });

  test('amounts that were put in count, and are told', async () => {
    const bench = await openBench(limited);
    await run(bench);
    const after = await bench.crash((sql) => {
      sql.exec(`INSERT INTO quota_events (counter, settled_at, owner, amount)
        SELECT counter, settled_at, 'forged', 1 FROM quota_events`);
    });
    await isBlocked(after);
    expect(refused(await after.admit(VIDEO)).rule).toMatch(/limits/);
  });

  test('rows of an earlier time that were put back are told', async () => {
    const bench = await openBench(limited);
    const { grant, token } = bench.core.grants.create('Other', SERVERS);
    const before = bench.core.database.sql.prepare('SELECT * FROM grants WHERE id = ?').get(grant.id);
    bench.core.grants.revoke(grant.id);
    const after = await bench.crash((sql) => {
      sql
        .prepare('UPDATE grants SET revoked_at = NULL, seal = ? WHERE id = ?')
        .run(String(before?.seal), grant.id);
    });
    expect(told(after)).toContain('put back as they were before');
    await isBlocked(after);
    expect(after.core.grants.findByToken(token)?.id).toBe(grant.id);
  });

  test('a time that was put ahead is told', async () => {
    const bench = await openBench(limited);
    await run(bench);
    const after = await bench.crash((sql) => sql.exec('UPDATE time_stand SET now = now + 86400000'));
    expect(told(after)).toContain('where time stood');
    await isBlocked(after);
  });

  test('the end of the log that was cut off is told', async () => {
    const bench = await openBench(limited);
    await run(bench);
    await run(bench);
    const after = await bench.crash((sql) => {
      sql.exec(`DELETE FROM activity WHERE seq = 2; DELETE FROM activity_chain WHERE seq = 2`);
    });
    expect(await after.core.activity.verify()).toMatchObject({ valid: true });
    expect(told(after)).toContain('The end of the log is not where Greenlight left it.');
  });

  test('without any seal, and with the key still there, nothing of it counts', async () => {
    const bench = await openBench();
    bench.core.allowances.allow(
      { grantId: bench.grant.id, server: SERVER, tool: VIDEO },
      { until: bench.clock.now() + 10 * MINUTE },
    );
    const after = await bench.crash((sql) => {
      sql.exec('UPDATE allowances SET seal = NULL; UPDATE grants SET seal = NULL; DELETE FROM seals');
    });
    expect(told(after)).toMatch(/1 client|clients/);
    expect(after.core.allowances.list()).toEqual([]);
    expect(after.core.grants.get(bench.grant.id)?.revokedAt).toBeDefined();
    after.core.guard.set({ mode: 'policy' });
    // It is sealed again from here on.
    const again = await after.restart();
    expect(told(again)).toBeUndefined();
  });

  test('with the key gone, nothing of it can be checked, so nothing counts', async () => {
    const bench = await openBench();
    await bench.core.stop();
    rmSync(join(bench.directory, 'secrets.json'));
    const after = await bench.crash();
    expect(told(after)).toContain('client');
    expect(after.core.grants.get(bench.grant.id)?.revokedAt).toBeDefined();
    expect(after.core.guard.current()).toEqual({ mode: 'block' });
  });

  test('what was told before is told on, beside what is found now', async () => {
    const bench = await openBench();
    await bench.core.stop();
    rmSync(join(bench.directory, 'settings.json'));
    const first = await bench.crash();
    const second = await first.crash((sql) => sql.exec("UPDATE grants SET label = 'x'"));
    expect(second.core.problems.map(({ id }) => id).sort()).toEqual(['seal', 'settings']);
    // Not what others say in Greenlight's place.
    const third = await second.crash((sql) =>
      sql.exec(`UPDATE accepted SET content = '{"seal":"All is well."}' WHERE name = 'losses'`),
    );
    expect(told(third)).toContain('1 file that you accepted');
  });

  test('a first start that was cut short is one again: nothing is taken for another’s', async () => {
    for (const [kept, cut] of [
      ['the key', 'UPDATE grants SET seal = NULL; UPDATE policies SET seal = NULL; DELETE FROM seals'],
      ['the key, and all is sealed', 'SELECT 1'],
    ] as const) {
      const bench = await openBench();
      await bench.core.stop();
      const path = join(bench.directory, 'secrets.json');
      const file = JSON.parse(readFileSync(path, 'utf8')) as { secrets: Record<string, string> };
      file.secrets['seal-key'] = `new ${file.secrets['seal-key']}`;
      writeFileSync(path, JSON.stringify(file));
      const after = await bench.crash((sql) => sql.exec(cut));
      expect(told(after), kept).toBeUndefined();
      expect(after.core.grants.get(bench.grant.id)?.revokedAt, kept).toBeUndefined();
      // It is settled now: without seals nothing counts any more.
      const again = await after.crash((sql) => sql.exec('UPDATE grants SET seal = NULL; DELETE FROM seals'));
      expect(again.core.grants.get(bench.grant.id)?.revokedAt, kept).toBeDefined();
    }
  });

  test('another key is as good as none', async () => {
    const bench = await openBench();
    const path = join(bench.directory, 'secrets.json');
    const file = JSON.parse(readFileSync(path, 'utf8')) as { secrets: Record<string, string> };
    file.secrets['seal-key'] = Buffer.alloc(32, 7).toString('base64url');
    await bench.core.stop();
    writeFileSync(path, JSON.stringify(file));
    const after = await bench.crash();
    expect(after.core.grants.get(bench.grant.id)?.revokedAt).toBeDefined();
  });
});

describe('while Greenlight runs', () => {
  function write(bench: Bench, statements: string): void {
    const other = new DatabaseSync(join(bench.directory, 'greenlight.db'));
    onTestFinished(() => other.close());
    other.exec(statements);
  }

  test('what another program changes is noticed by the next call, which is refused, as all after it', async () => {
    const bench = await openBench(limited);
    write(bench, 'DELETE FROM quota_events; UPDATE grants SET label = label || 1');
    const denial = refused(await bench.admit(VIDEO));
    expect(denial.reason).toContain('Another program changed');
    expect(denial.reason).not.toContain(bench.directory);
    expect(bench.core.problems).toMatchObject([
      { id: 'seal', message: expect.stringContaining('start it again') },
    ]);
    expect(refused(await bench.admit(VIDEO)).reason).toContain('Another program changed');
    expect(() => bench.core.grants.create('New', SERVERS)).toThrow('Another program changed');
    const again = await bench.restart();
    expect(told(again)).toContain('1 client');
    expect(again.core.guard.current()).toEqual({ mode: 'block' });
  });

  test('counters that are read again do not miss what was taken out', async () => {
    const bench = await openBench(limited);
    await run(bench);
    await run(bench);
    bench.core.limits.prune();
    write(bench, 'DELETE FROM quota_events');
    expect(refused(await bench.admit(VIDEO)).reason).toContain('Another program changed');
  });

  test('what decides nothing may be changed, and anything may be read', async () => {
    const bench = await openBench(limited);
    write(bench, "UPDATE grants SET client_name = 'x'; CREATE TABLE notes (text TEXT); SELECT * FROM grants");
    await run(bench);
    const again = await bench.restart();
    expect(told(again)).toBeUndefined();
  });
});
