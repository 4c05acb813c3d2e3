import { timingSafeEqual } from 'node:crypto';
import type { SQLInputValue } from 'node:sqlite';
import type { Database } from './database.ts';
import { StorageError } from './errors.ts';
import { hmacOf } from './hmac.ts';
import { openWitness } from './witness.ts';

/**
 * The tables whose rows count only as Greenlight wrote them, and of each the columns that matter: the key first.
 * Other columns are bookkeeping that decides nothing.
 */
const SEALED = {
  accepted: ['name', 'content'],
  allowances: ['id', 'effect', 'grant_id', 'tool', 'session', 'created_at', 'until'],
  approvals: [
    'id',
    'state',
    'grant_id',
    'session',
    'tool',
    'arguments',
    'also',
    'edited',
    'digest',
    'policy_id',
    'policy_version',
    'created_at',
    'expires_at',
    'decided_at',
    'ticket_until',
    'used_at',
  ],
  ceilings: ['allowance_id', 'only_for', 'most_calls', 'most_cost', 'calls', 'cost'],
  grants: ['id', 'label', 'token_hash', 'policy_id', 'hold_seconds', 'created_at', 'revoked_at'],
  log_anchor: ['id', 'link', 'hash', 'seq', 'at'],
  policies: ['id', 'name', 'version', 'deleted_at'],
  policy_versions: ['policy_id', 'version', 'document', 'digest', 'created_at'],
  quota_events: ['counter', 'settled_at', 'owner', 'amount'],
  reservations: ['id', 'counter', 'amount', 'owner', 'reserved_at'],
  sessions: ['id_hash', 'grant_id', 'opened_at'],
  tasks: ['task_id', 'grant_id', 'call_id', 'created_at'],
  time_stand: ['id', 'now', 'wall', 'running', 'boot'],
  tool_categories: ['upstream', 'digest', 'category'],
  tool_definitions: ['upstream', 'digest', 'definition', 'seen_at', 'accepted_at'],
  upstream_tools: ['upstream', 'tools', 'digest', 'read_at'],
  wall_clock: ['since', 'ahead'],
} as const satisfies Record<string, readonly string[]>;

/** Columns that came later: a row in which they are empty is sealed as it was before they came. */
const LATER: Partial<Record<SealedTable, readonly string[]>> = {
  allowances: ['server'],
  approvals: ['server'],
  grants: ['servers'],
  sessions: ['server'],
};

/** The sealed columns of `table`, in the order in which they are sealed. */
function sealedColumns(table: SealedTable): readonly string[] {
  return [...SEALED[table], ...(LATER[table] ?? [])];
}

export type SealedTable = keyof typeof SEALED;

/** A row that Greenlight did not write as it is: its sealed columns, by name. */
export interface ForeignRow {
  table: SealedTable;
  row: Record<string, SQLInputValue>;
}

/** An INSERT of `table` with all its sealed columns, in their order; as by triggers, with half the work. */
export function sealedInsert(table: SealedTable): string {
  const columns = sealedColumns(table).join(', ');
  const values = sealedColumns(table)
    .map((_, at) => `?${at + 1}`)
    .join(', ');
  return `INSERT INTO ${table} (${columns}, seal) VALUES (${values}, turn_seal('${table}', ${values}))`;
}

/** What others did to the database, as the seal tells. */
export interface Tampering {
  /** Rows that others wrote or changed. */
  rows: ForeignRow[];
  /** Whether others took rows out, or put older ones back. */
  incomplete: boolean;
  /** Whether the log does not end where Greenlight left it. */
  log: boolean;
  /** Whether all of it is of an earlier time than Greenlight left it; `unknown`: what shows that it is not is gone. */
  older: boolean | 'unknown';
}

/** How a start finds the database. */
export type SealFound =
  /** There is nothing in it, or it is taken as it is: it is sealed from now on. */
  | { kind: 'unsealed' }
  /** All of it is what Greenlight wrote. */
  | { kind: 'whole' }
  | { kind: 'tampered'; tampering: Tampering };

/** The bytes of a seal: 96 bits, which nobody guesses against a database that only this machine asks. */
const SEAL_BYTES = 12;

const CHANGED =
  'Another program changed Greenlight’s database while Greenlight ran, so every call is refused.';
const REMEDY =
  'Find out which program it was, then quit Greenlight and start it again: it leaves out what it did not write, and says what that is.';

/** The first schema that has seals. */
const SEALED_SINCE = 4;

/**
 * Whether `database` was sealed before, or a version that seals wrote it (`could be`). The answer is as true as who can
 * write to the file.
 */
export function isSealed({ sql, foundSchema }: Database): 'yes' | 'could be' | 'no' {
  if (sql.prepare('SELECT 1 FROM seals').get() !== undefined) return 'yes';
  return foundSchema >= SEALED_SINCE ? 'could be' : 'no';
}

/**
 * Seals `database` with `key` (32 bytes): every row of {@link SEALED} carries a code that only who has the key can
 * make (HMAC-SHA-512), and one stand, written with each transaction, covers the set of all of them and the end of
 * the log, so that rows cannot be taken out or put back either. Triggers of this connection do it, so no statement
 * can forget to; one that is run for every call may bring the seal itself, by {@link sealedInsert}. A witness beside it says how far it had come when it was flushed to the disk last, so that a database
 * of an earlier time is noticed; a copy of both is not.
 *
 * What others did while Greenlight was stopped is handed to `repair`, in the transaction that seals what it leaves;
 * `trusted` takes all as it is instead. What they do while it runs makes every transaction throw
 * {@link StorageError} until the next start.
 */
export function sealDatabase(
  database: Database,
  key: Buffer,
  options: {
    trusted: boolean;
    /** Where the witness is. */
    witnessPath: string;
    repair: (tampering: Tampering) => void;
    /** Told when the witness cannot be written, once. */
    onWitnessLost: (error: unknown) => void;
  },
): SealFound & { problem(): string | undefined; close(): void } {
  const { sql } = database;
  const hmac = hmacOf(key.toString('hex'));
  const code = (...values: unknown[]) => hmac(JSON.stringify(values));
  const codeOfRow = (table: SealedTable, values: readonly unknown[]) => {
    let count = values.length;
    while (count > SEALED[table].length && values[count - 1] === null) count -= 1;
    return code(table, ...values.slice(0, count));
  };
  const written = (made: string, as: 'base64' | 'hex') => Buffer.from(made, 'latin1').toString(as);

  /** The set of all sealed rows: the exclusive or of codes that are written nowhere, which so tell nothing. */
  const set = Buffer.alloc(32);
  let log = '';
  /** Counts the transactions that changed what is sealed. */
  let turns = 0;
  /** How many rows were read last. */
  let count = 0;
  /** What {@link set} and {@link log} were when the last transaction ended. */
  const kept = { set: Buffer.alloc(32), log: '', turns: 0 };
  let broken = false;

  const witness = openWitness(options.witnessPath, (at) => written(code('witness', at), 'hex'));
  let witnessLost = false;

  /** What is committed until now is on the disk. */
  function noteFlushed(): void {
    try {
      witness.note(turns);
    } catch (error) {
      // An earlier one stands there, or none: the worst that comes of it is a question too many at the next start.
      if (!witnessLost) options.onWitnessLost(error);
      witnessLost = true;
    }
  }

  function turn(made: string): void {
    for (let at = 0; at < set.length; at += 1) set[at] = Number(set[at]) ^ made.charCodeAt(at + 32);
  }

  // The code of a row; the row is put into the set, or, where it is in it, taken out.
  sql.function('turn_seal', { varargs: true }, (table, ...values) => {
    const made = codeOfRow(table as SealedTable, values);
    turn(made);
    return written(made.slice(0, SEAL_BYTES), 'base64');
  });
  // Also what `INSERT OR REPLACE` removes.
  sql.exec('PRAGMA recursive_triggers = ON');
  const tables = (Object.keys(SEALED) as SealedTable[]).map(
    (table) => [table, sealedColumns(table)] as const,
  );
  const sealOf = (table: SealedTable, row = '') =>
    `turn_seal('${table}', ${sealedColumns(table)
      .map((column) => row + column)
      .join(', ')})`;

  const data = sql.prepare('PRAGMA data_version');
  const version = () => Number((data.get() as { data_version: number }).data_version);
  const readStand = sql.prepare('SELECT rows, log, turns FROM seals');
  const putStand = sql.prepare('INSERT OR REPLACE INTO seals (id, rows, log, turns) VALUES (1, ?, ?, ?)');
  const logEnd = sql.prepare('SELECT link, hash FROM activity_chain ORDER BY link DESC LIMIT 1');
  const scans = tables.map(([table, columns]) => ({
    table,
    rows: sql.prepare(`SELECT ${columns.join(', ')}, seal, ${sealOf(table)} AS made FROM ${table}`),
    reseal: sql.prepare(`UPDATE ${table} SET seal = ${sealOf(table)}`),
  }));

  /** Of all rows, and of the count of turns and where the log ends, which stand beside it to be read. */
  const standCode = ({ log, turns }: { log: string; turns: number }) => {
    // As before there was a count.
    const counted = turns === 0 ? [] : [turns];
    return written(code('stand', set.toString('base64'), log, ...counted), 'base64');
  };

  /** Where the log ends. */
  function readLog(): string {
    const end = logEnd.get() as { link: number; hash: string } | undefined;
    return end ? `${end.link} ${end.hash}` : '';
  }

  /** Reads every sealed row, and where the log ends, into {@link set} and {@link log}. Returns what others wrote. */
  function read(): ForeignRow[] {
    set.fill(0);
    count = 0;
    log = readLog();
    const foreign: ForeignRow[] = [];
    for (const { table, rows } of scans) {
      for (const { seal, made, ...row } of rows.iterate()) {
        count += 1;
        if (!same(String(seal), String(made))) foreign.push({ table, row: row as ForeignRow['row'] });
      }
    }
    return foreign;
  }

  function stand(): void {
    turns += 1;
    putStand.run(standCode({ log, turns }), log, turns);
  }

  function keep(): void {
    set.copy(kept.set);
    kept.log = log;
    kept.turns = turns;
  }

  let seen = version();
  const found = database.transaction((): SealFound => {
    const last = readStand.get() as Stand | undefined;
    const rows = read();
    const incomplete = last === undefined || !same(last.rows, standCode(last));
    const logCut = last === undefined || last.log !== log;
    const reached = last?.turns ?? 0;
    // A home of before there was a witness has made no turns.
    const older: Tampering['older'] =
      witness.seen === undefined ? reached > 0 && 'unknown' : witness.seen > reached;
    turns = Math.max(reached, witness.seen ?? 0);
    if (rows.length === 0 && !incomplete && !logCut && !older) return { kind: 'whole' };
    // Of one that is lost another tells: it is new. One that others made and put there is not.
    const empty = last === undefined && count === 0 && log === '' && !(older && database.foundSchema > 0);
    const trusted = options.trusted || empty;
    // Rows that were only added are no reason to think that others were taken out: without them the set is whole.
    const tampering = { rows, incomplete: incomplete && !isWholeWithout(rows, last), log: logCut, older };
    if (!trusted) options.repair(tampering);
    set.fill(0);
    for (const { reseal } of scans) reseal.run();
    stand();
    return trusted ? { kind: 'unsealed' } : { kind: 'tampered', tampering };
  });

  keep();
  // Also that of a home that had none yet.
  noteFlushed();

  function isWholeWithout(rows: readonly ForeignRow[], last: Stand | undefined): boolean {
    const turnAll = () => {
      for (const { table, row } of rows)
        turn(
          codeOfRow(
            table,
            sealedColumns(table).map((column) => row[column]),
          ),
        );
    };
    turnAll();
    const whole = last !== undefined && same(last.rows, standCode(last));
    turnAll();
    return whole;
  }

  for (const [table, columns] of tables) {
    const isThis = columns.map((column) => `${column} IS NEW.${column}`).join(' AND ');
    const seal = `UPDATE main.${table} SET seal = ${sealOf(table, 'NEW.')} WHERE ${isThis};`;
    const leave = `SELECT ${sealOf(table, 'OLD.')};`;
    sql.exec(`
      CREATE TEMP TRIGGER seal_new_${table} AFTER INSERT ON main.${table} WHEN NEW.seal IS NULL BEGIN ${seal} END;
      CREATE TEMP TRIGGER seal_old_${table} AFTER DELETE ON main.${table} BEGIN ${leave} END;
      CREATE TEMP TRIGGER seal_change_${table} AFTER UPDATE OF ${columns.join(', ')} ON main.${table}
        BEGIN ${leave} ${seal} END;
    `);
  }

  function refuse(): never {
    throw new StorageError(`${CHANGED} ${REMEDY}`, {
      withoutPath: `${CHANGED} The user has to start Greenlight again.`,
    });
  }

  database.around({
    begun() {
      if (broken) refuse();
      const now = version();
      if (now === seen) return;
      // A program that only looks leaves the version as it is; one that changed what matters to nobody is let be.
      const foreign = read();
      if (foreign.length > 0 || !set.equals(kept.set) || log !== kept.log) {
        broken = true;
        refuse();
      }
      seen = now;
    },
    committing() {
      log = readLog();
      if (!set.equals(kept.set) || log !== kept.log) stand();
    },
    committed(flushed) {
      if (flushed && turns !== kept.turns) noteFlushed();
      keep();
    },
    rolledBack() {
      kept.set.copy(set);
      log = kept.log;
      turns = kept.turns;
    },
  });
  return { ...found, problem: () => (broken ? `${CHANGED} ${REMEDY}` : undefined), close: witness.close };
}

interface Stand {
  rows: string;
  log: string;
  turns: number;
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
