import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, StorageError } from '../../../main/database/database.ts';
import { lockDataDirectory } from '../../../main/database/lock.ts';
import { migrations } from '../../../main/database/migrations.ts';
import { startChild } from '../../support/child.ts';
import { temporaryFolder } from '../../support/folder.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = temporaryFolder();
  path = join(directory, 'greenlight.db');
});
afterEach(() => {
  chmodSync(directory, 0o700);
});

const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
const version = (file: string) => {
  const sql = new DatabaseSync(file);
  const { user_version } = sql.prepare('PRAGMA user_version').get() as { user_version: number };
  sql.close();
  return user_version;
};

describe('a database', () => {
  it('is created with the newest schema, and opened again with what is in it', () => {
    const first = openDatabase(path);
    first.sql.exec("INSERT INTO grants (id, label, token_hash, created_at) VALUES ('g', 'Client', 'h', 1)");
    first.close();
    expect(version(path)).toBe(migrations.length);
    const second = openDatabase(path);
    expect(second.sql.prepare('SELECT label FROM grants').all()).toMatchObject([{ label: 'Client' }]);
    expect(second.sql.prepare('PRAGMA journal_mode').get()?.journal_mode).toBe('wal');
    second.close();
  });

  it('moves forward by the steps it lacks', () => {
    const old = new DatabaseSync(path);
    old.exec('PRAGMA user_version = 0');
    old.close();
    openDatabase(path).close();
    expect(version(path)).toBe(migrations.length);
  });

  it('takes a step whole or not at all', () => {
    const old = new DatabaseSync(path);
    // The first step creates this table too, so it fails halfway.
    old.exec('CREATE TABLE videos (other TEXT)');
    old.close();
    expect(() => openDatabase(path)).toThrow(StorageError);
    expect(version(path)).toBe(0);
    const after = new DatabaseSync(path);
    expect(after.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()).toMatchObject([
      { name: 'videos' },
    ]);
    after.close();
  });

  it('of a newer Greenlight is refused and left as it is', () => {
    openDatabase(path).close();
    const sql = new DatabaseSync(path);
    sql.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    sql.close();
    const before = readFileSync(path);
    expect(() => openDatabase(path)).toThrow(/newer Greenlight .* Install the newer version again/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('that is no database is refused with what to do, and left as it is', () => {
    writeFileSync(path, 'These are my notes.'.repeat(100));
    expect(() => openDatabase(path)).toThrow(/not a database that Greenlight can read. Move it aside/);
    expect(readFileSync(path, 'utf8')).toContain('my notes');
  });

  it.each(['-wal', '-shm'])('is not opened with a link beside it in the place of its %s', (end) => {
    openDatabase(path).close();
    symlinkSync(join(directory, 'elsewhere'), path + end);
    expect(() => openDatabase(path)).toThrow(`greenlight.db${end} is no plain file`);
    expect(existsSync(join(directory, 'elsewhere'))).toBe(false);
  });

  it('is for its owner alone, with all that SQLite puts beside it', () => {
    const before = process.umask(0);
    try {
      const database = openDatabase(path);
      database.transaction(() =>
        database.sql.exec(
          "INSERT INTO upstream_tools (upstream, tools, digest, read_at) VALUES ('u', '[]', 'd', 1)",
        ),
      );
      for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(mode(file), file).toBe('600');
      const unlock = lockDataDirectory(join(directory, 'greenlight.lock'));
      expect(mode(join(directory, 'greenlight.lock'))).toBe('600');
      unlock();
      database.close();
    } finally {
      process.umask(before);
    }
  });

  it('that others could read is closed to them', () => {
    openDatabase(path).close();
    chmodSync(path, 0o644);
    openDatabase(path).close();
    expect(mode(path)).toBe('600');
  });

  it.each([
    [
      'a folder that is not there',
      () => join(directory, 'none', 'greenlight.db'),
      /cannot be opened for writing. Check that its folder exists/,
    ],
    ['a folder in its place', () => directory, /cannot be used: it is no plain file. Move that away/],
  ])('cannot be opened in %s, and says so', (_, at, said) => {
    expect(() => openDatabase(at())).toThrow(said);
  });
});

describe('a transaction', () => {
  it('is all or nothing, and tells who must read again', () => {
    const database = openDatabase(path);
    let told = 0;
    database.onRollback(() => {
      told += 1;
    });
    const insert = (id: string) =>
      database.sql
        .prepare('INSERT INTO upstream_tools (upstream, tools, digest, read_at) VALUES (?, ?, ?, ?)')
        .run(id, '[]', 'd', 1);
    expect(database.transaction(() => insert('a').changes)).toBe(1);
    expect(() =>
      database.transaction(() => {
        insert('b');
        database.transaction(() => insert('c'));
        throw new TypeError('a mistake');
      }),
    ).toThrow(TypeError);
    expect(told).toBe(1);
    expect(database.sql.prepare('SELECT count(*) AS n FROM upstream_tools').get()?.n).toBe(1);
    database.transaction(() => insert('d'));
    database.close();
  });

  it('starts with reading again what could not be read after a rollback', () => {
    const database = openDatabase(path);
    let readable = false;
    let read = 0;
    database.onRollback(() => {
      if (!readable) throw new Error('the disk cannot be read');
      read += 1;
    });
    expect(() =>
      database.transaction(() => {
        throw new Error('the disk cannot be written');
      }),
    ).toThrow('cannot be written');
    expect(() => database.transaction(() => 1)).toThrow('cannot be read');
    readable = true;
    expect(database.transaction(() => read)).toBe(1);
    expect(database.transaction(() => read)).toBe(1);
    database.close();
  });

  it('says in a sentence that another program holds the file', () => {
    const database = openDatabase(path);
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    expect(() => database.transaction(() => 1)).toThrow(StorageError);
    expect(() => database.transaction(() => 1)).toThrow('Another program holds the database');
    other.close();
    expect(database.transaction(() => 1)).toBe(1);
    database.close();
  });
});

describe('the lock', () => {
  const script = new URL('./hold-lock.ts', import.meta.url).pathname;
  const lock = () => join(directory, 'greenlight.lock');

  /** Another process that holds the lock until it is ended. */
  async function other() {
    const child = startChild(process.execPath, ['--expose-gc', script, lock()]);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, said: said.toString().trim() };
  }

  it('lets one process in; a second hears what to do', async () => {
    const { child, said } = await other();
    expect(said).toBe('held');
    expect(() => lockDataDirectory(lock())).toThrow(
      /Another Greenlight is already running with this data directory\. Use that one/,
    );
    const second = await other();
    expect(second.said).toContain('Another Greenlight is already running');
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The system let go of it.
    lockDataDirectory(lock())();
  });

  it('is let go of in order, and can be taken again', async () => {
    const unlock = lockDataDirectory(lock());
    expect((await other()).said).toContain('Another Greenlight');
    unlock();
    const { child, said } = await other();
    expect(said).toBe('held');
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('is not lost by this process looking at the file twice', async () => {
    const unlock = lockDataDirectory(lock());
    expect(() => lockDataDirectory(lock())).toThrow('Another Greenlight');
    expect((await other()).said).toContain('Another Greenlight');
    unlock();
  });

  it('that cannot be made has a sentence of its own', () => {
    const path = join(directory, 'none', 'greenlight.lock');
    expect(() => lockDataDirectory(path)).toThrow(/greenlight.lock cannot be opened for writing/);
    expect(existsSync(path)).toBe(false);
  });
});

describe('what is told of a commit', () => {
  it('is told after the outermost transaction, in order, and may write', () => {
    const database = openDatabase(path);
    const heard: string[] = [];
    database.transaction(() => {
      database.transaction(() => database.afterCommit(() => heard.push('inner')));
      database.afterCommit(() => {
        heard.push('outer');
        database.transaction(() => database.afterCommit(() => heard.push('of what was written then')));
      });
      expect(heard).toEqual([]);
    });
    expect(heard).toEqual(['inner', 'outer', 'of what was written then']);
    database.afterCommit(() => heard.push('at once'));
    expect(heard.at(-1)).toBe('at once');
  });

  it('is not told when it is rolled back, nor with the next commit', () => {
    const database = openDatabase(path);
    const heard: string[] = [];
    expect(() =>
      database.transaction(() => {
        database.afterCommit(() => heard.push('never'));
        throw new Error('no');
      }),
    ).toThrow('no');
    database.transaction(() => database.afterCommit(() => heard.push('later')));
    expect(heard).toEqual(['later']);
  });
});
