import type { Logger, MachineClock, Time } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import { aheadAt, readWallClock, whenShown } from './wall-clock.ts';

/** How often where time stands is kept (ms), for a next start after a crash and with another boot. */
const KEEP_EVERY = 5 * 60_000;

/** Timers look this often whether the machine slept (ms): its own stand still meanwhile. */
const LOOK_EVERY = 60_000;

/** A wall clock that is corrected by less than this (ms) is as before. */
const SLACK = 1_000;

/** Where time stood. `running`: milliseconds since the machine was started, as `boot` names it. */
interface Stand {
  now: number;
  wall: number;
  running: number;
  boot: string | null;
}

/**
 * Goes on from where the last process left off: by the machine's running time where it was not restarted since,
 * else by its wall clock, never backwards. `close` keeps where time stands. Throws StorageError.
 */
export function openTime(
  database: Database,
  machine: MachineClock,
  logger: Logger,
): Time & { close(): void } {
  const { sql } = database;
  const keepStand = sql.prepare(
    'INSERT OR REPLACE INTO time_stand (id, now, wall, running, boot) VALUES (1, ?, ?, ?, ?)',
  );
  const keepOffset = sql.prepare('INSERT OR REPLACE INTO wall_clock (since, ahead) VALUES (?, ?)');

  const start = machine.now();
  const wall = machine.wall();
  const last = sql.prepare('SELECT now, wall, running, boot FROM time_stand').get() as Stand | undefined;
  const origin =
    last === undefined ? wall : last.now + elapsed(last, { wall, running: start, boot: machine.boot });
  const now = () => Math.floor(origin + machine.now() - start);

  /** How far the wall clock was ahead of time, since when; oldest first. */
  const offsets = readWallClock(sql);

  function keep(): void {
    const stand = { now: now(), wall: Math.floor(machine.wall()) };
    const ahead = stand.wall - stand.now;
    const known = offsets.at(-1)?.ahead ?? (last === undefined ? 0 : undefined);
    const changed = known === undefined || Math.abs(known - ahead) >= SLACK;
    database.transaction(() => {
      keepStand.run(stand.now, stand.wall, Math.floor(machine.now()), machine.boot ?? null);
      if (changed) keepOffset.run(stand.now, ahead);
    });
    if (!changed) return;
    offsets.push({ since: stand.now, ahead });
    if (known !== undefined)
      logger.info({ byMs: Math.round(ahead - known) }, 'the clock of the machine was set to another time');
  }

  /** The wall clock may have been set since it was last looked at; what is shown must not wait for that. */
  function look(): void {
    const ahead = machine.wall() - now();
    if (Math.abs((offsets.at(-1)?.ahead ?? 0) - ahead) < SLACK) return;
    try {
      keep();
    } catch (error) {
      logger.warn({ reason: String(error) }, 'that the clock was set could not be written');
    }
  }

  let cancel = () => {};
  const keepOn = () => {
    look();
    cancel = time.after(KEEP_EVERY, () => {
      try {
        keep();
      } catch (error) {
        logger.warn({ reason: String(error) }, 'where time stands could not be written');
      }
      keepOn();
    });
  };

  const time: Time & { close(): void } = {
    now,
    after(ms, task) {
      const due = machine.now() + ms;
      let stop = () => {};
      const wait = (left: number) => {
        stop = machine.after(Math.min(left, LOOK_EVERY), () => {
          const rest = due - machine.now();
          if (rest > 0) wait(rest);
          else task();
        });
      };
      wait(ms);
      return () => stop();
    },
    toWall(at) {
      look();
      return at + aheadAt(offsets, at);
    },
    fromWall(shown) {
      look();
      return whenShown(offsets, shown);
    },
    wallGained(at) {
      look();
      return Math.max(0, aheadAt(offsets, now()) - aheadAt(offsets, at));
    },
    close() {
      cancel();
      keep();
    },
  };
  keep();
  keepOn();
  return time;
}

/** How much time has passed since `last` (ms). */
function elapsed(last: Stand, found: { wall: number; running: number; boot: string | undefined }): number {
  const byRunning = found.running - last.running;
  const byWall = found.wall - last.wall;
  const sameBoot =
    found.boot === undefined || last.boot === null
      ? Math.abs(byRunning - byWall) < SLACK
      : found.boot === last.boot;
  return Math.max(0, sameBoot ? byRunning : byWall);
}
