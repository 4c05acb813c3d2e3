import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase, StorageError } from '../../../main/database/database.ts';
import { createGrants, type Grants } from '../../../main/ledger/grants.ts';
import { createSessions } from '../../../main/ledger/sessions.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { createTestLogger } from '../../support/log.ts';

let directory: string;
let database: Database;
let clock: TestClock;
let grants: Grants;
const path = () => join(directory, 'greenlight.db');
const reopen = () => {
  database.close();
  database = openDatabase(path());
  grants = createGrants(database, clock, createTestLogger());
};
beforeEach(() => {
  directory = temporaryFolder();
  clock = createTestClock();
  database = openDatabase(path());
  grants = createGrants(database, clock, createTestLogger());
});
afterEach(() => {
  database.close();
});

describe('a grant', () => {
  it('is found by its token, also after a restart; the token is nowhere on the disk', () => {
    const { grant, token } = grants.create('Cursor', new Map([['luma', 'a-policy']]));
    expect(token).toMatch(/^glt_[\w-]{43}$/);
    expect(grants.findByToken(token)).toBe(grant);
    expect(grants.findByToken(`${token}x`)).toBeUndefined();
    expect(grants.findByToken('')).toBeUndefined();
    reopen();
    expect(grants.findByToken(token)).toMatchObject({
      label: 'Cursor',
      servers: new Map([['luma', 'a-policy']]),
    });
    for (const file of [path(), `${path()}-wal`]) expect(readFileSync(file).includes(token)).toBe(false);
  });

  it('whose token was exchanged is found by the new one only', () => {
    const { grant, token } = grants.create('Cursor');
    clock.advance(5);
    const fresh = grants.rotate(grant.id) ?? '';
    expect(fresh).not.toBe(token);
    expect(grants.findByToken(token)).toBeUndefined();
    expect(grants.findByToken(fresh)).toBe(grant);
    expect(grant.rotatedAt).toBe(clock.now());
    reopen();
    expect(grants.findByToken(token)).toBeUndefined();
    expect(grants.findByToken(fresh)?.id).toBe(grant.id);
  });

  it('whose token was exchanged in vain is found by the one before, unless it was exchanged or revoked since', () => {
    const { grant, token } = grants.create('Cursor');
    clock.advance(5);
    const first = grants.exchange(grant.id);
    first?.takeBack();
    expect(grants.findByToken(first?.token ?? '')).toBeUndefined();
    expect(grants.findByToken(token)).toBe(grant);
    expect(grant.rotatedAt).toBeUndefined();
    reopen();
    expect(grants.findByToken(token)?.id).toBe(grant.id);

    const second = grants.exchange(grant.id);
    const third = grants.exchange(grant.id);
    second?.takeBack();
    expect(grants.findByToken(third?.token ?? '')?.id).toBe(grant.id);
    grants.revoke(grant.id);
    third?.takeBack();
    for (const each of [token, second?.token ?? '', third?.token ?? ''])
      expect(grants.findByToken(each)).toBeUndefined();
    expect(grants.exchange(grant.id)).toBeUndefined();
  });

  it('that was revoked is never found, changed or exchanged again', () => {
    const { grant, token } = grants.create('Cursor');
    expect(grants.revoke(grant.id)).toBe(true);
    const gone = () => {
      expect(grants.findByToken(token)).toBeUndefined();
      expect(grants.revoke(grant.id)).toBe(false);
      expect(grants.rotate(grant.id)).toBeUndefined();
      expect(grants.update(grant.id, { label: 'Other' })).toBeUndefined();
      expect(grants.get(grant.id)?.label).toBe('Cursor');
    };
    gone();
    reopen();
    gone();
  });

  it('keeps what is not named in a change, and goes back to the default policy when told so', () => {
    const { grant } = grants.create('Cursor', new Map([['luma', 'a-policy']]));
    grants.update(grant.id, { holdSeconds: 0 });
    expect(grant).toMatchObject({
      label: 'Cursor',
      servers: new Map([['luma', 'a-policy']]),
      holdSeconds: 0,
    });
    grants.update(grant.id, { servers: new Map([['luma', undefined]]) });
    reopen();
    expect(grants.get(grant.id)).toMatchObject({
      label: 'Cursor',
      servers: new Map([['luma', undefined]]),
      holdSeconds: 0,
    });
  });

  it('notes its use once a minute, and a new name at once', () => {
    const { grant } = grants.create('Cursor');
    let told = 0;
    grants.onChange(() => {
      told += 1;
    });
    const first = clock.now();
    grants.seen(grant.id);
    clock.advance(59_999);
    grants.seen(grant.id);
    expect(grant.lastUsedAt).toBe(first);
    grants.seen(grant.id, { name: 'cursor', version: '2' });
    expect(grant).toMatchObject({ lastUsedAt: clock.now(), clientName: 'cursor', clientVersion: '2' });
    grants.seen(grant.id, { name: 'cursor', version: '2' });
    expect(told).toBe(2);
    clock.advance(60_000);
    grants.seen(grant.id);
    reopen();
    expect(grants.get(grant.id)).toMatchObject({ lastUsedAt: clock.now(), clientName: 'cursor' });
  });

  it('is what the disk says when a change cannot be written', () => {
    const { grant, token } = grants.create('Cursor');
    const other = new DatabaseSync(path());
    other.exec('BEGIN IMMEDIATE');
    database.sql.exec('PRAGMA busy_timeout = 0');
    expect(() => grants.create('Second')).toThrow(StorageError);
    expect(() => grants.rotate(grant.id)).toThrow(StorageError);
    expect(() => grants.revoke(grant.id)).toThrow(StorageError);
    expect(() => grants.update(grant.id, { label: 'Other' })).toThrow(StorageError);
    expect(() => grants.seen(grant.id)).toThrow(StorageError);
    other.close();
    expect(grants.list()).toHaveLength(1);
    expect(grants.findByToken(token)).toMatchObject({
      label: 'Cursor',
      revokedAt: undefined,
      rotatedAt: undefined,
    });
    reopen();
    expect(grants.findByToken(token)).toMatchObject({ label: 'Cursor', revokedAt: undefined });
  });
});

describe('a session', () => {
  const open = () => createSessions(database, clock);
  const session = (grantId: string) => ({ server: 'luma', grantId, clientName: 'c', clientVersion: '1' });

  it('belongs to the grant that opened it, also after a restart; its id is nowhere on the disk', () => {
    const [mine, other] = [grants.create('a').grant.id, grants.create('b').grant.id];
    const id = 'session-id-that-is-as-good-as-a-password';
    open().open(id, session(mine));
    const known = () => {
      expect(open().find('luma', id, mine)).toMatchObject(session(mine));
      expect(open().find('luma', id, other)).toBeUndefined();
    };
    known();
    reopen();
    known();
    for (const file of [path(), `${path()}-wal`]) expect(readFileSync(file).includes(id)).toBe(false);
  });

  it('is not taken over by a grant to which the upstream hands the same id', () => {
    const [mine, other] = [grants.create('a').grant.id, grants.create('b').grant.id];
    const sessions = open();
    sessions.open('s', session(mine));
    sessions.open('s', session(other));
    expect(sessions.find('luma', 's', mine)).toBeDefined();
    expect(sessions.find('luma', 's', other)).toBeUndefined();
  });

  it('is unknown once it is closed, cleared or a month old', () => {
    const { id } = grants.create('a').grant;
    const sessions = open();
    sessions.open('s', session(id));
    sessions.open('t', session(id));
    sessions.close('luma', 's');
    expect(sessions.find('luma', 's', id)).toBeUndefined();
    expect(open().find('luma', 's', id)).toBeUndefined();
    expect(open().find('luma', 't', id)).toBeDefined();
    clock.advance(30 * 86_400_000 + 1);
    expect(open().find('luma', 't', id)).toBeUndefined();
    sessions.open('u', session(id));
    sessions.clear('luma');
    expect(sessions.find('luma', 'u', id)).toBeUndefined();
    expect(open().find('luma', 'u', id)).toBeUndefined();
  });
});
