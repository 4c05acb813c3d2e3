/** A run: starts, then measurements of all targets, round by round, then memory. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CONNECTIONS, type Entry, type Lineup, type Participant, startLineup } from './lineup.ts';
import { type Measured, measure } from './measure.ts';
import type { Options } from './options.ts';
import { residentMemory } from './program.ts';
import { NAMES, type ProcessResult, type Results, type TargetResult } from './results.ts';
import { median } from './statistics.ts';

/** How long a measurement on one connection takes, beside one of `span` ms on all. */
export function serialSpan(span: number): number {
  return span * 0.4;
}

/** Rounds before those that count, as a share of them: just-in-time compilers need a while. */
const WARM_SHARE = 0.5;

/** Starts of each process, at most one a round. */
const MOST_STARTS = 5;

/** Runs the bench, and stops again what it starts. Says on standard error how far it is. */
export async function runBench(
  options: Options,
  folder: string,
): Promise<{ results: Results; missing: readonly string[] }> {
  const { rounds, span, rows } = options;
  say('Starts');
  const lineup = await startLineup(options, folder, Math.min(rounds, MOST_STARTS));
  const { participants, missing } = lineup;
  try {
    say('Warming up');
    await measureRounds(lineup.entries, Math.ceil(rounds * WARM_SHARE), span);
    const flushes: number[] = [];
    const targets = await measureRounds(lineup.entries, rounds, span, (round) => {
      say(`Round ${round} of ${rounds}`);
      flushes.push(flushTime(folder));
    });
    say('Memory');
    const processes: ProcessResult[] = [];
    for (const participant of participants)
      processes.push(await memoryOf(participant, lineup.entries, options));
    await verifyLog(lineup);
    const results = {
      connections: CONNECTIONS,
      rows,
      flushes,
      targets,
      processes,
    };
    return { results, missing };
  } finally {
    await lineup.stop();
  }
}

/** Everybody in turn, first on all connections, then on one, round after round. */
async function measureRounds(
  entries: readonly Entry[],
  rounds: number,
  span: number,
  begins: (round: number) => void = () => undefined,
): Promise<TargetResult[]> {
  const together = new Map<Entry, Measured[]>(entries.map((entry) => [entry, []]));
  const serial = new Map<Entry, Measured[]>(entries.map((entry) => [entry, []]));
  for (let round = 1; round <= rounds; round++) {
    begins(round);
    for (const entry of entries) together.get(entry)?.push(await measure(entry, span));
    for (const entry of entries)
      serial.get(entry)?.push(await measure(entry, serialSpan(span), entry.connections.slice(0, 1)));
  }
  return entries.map((entry) => ({
    name: entry.name,
    base: entry.base,
    together: together.get(entry) ?? [],
    serial: serial.get(entry) ?? [],
  }));
}

/** Has Greenlight answer as many calls as the options say, then looks at its memory; at others' as it is. */
async function memoryOf(
  { proxy, running, starts, atRest }: Participant,
  entries: readonly Entry[],
  options: Options,
): Promise<ProcessResult> {
  const own = entries.filter(({ program }) => program === running.program);
  const answered = () =>
    own.flatMap(({ connections }) => connections).reduce((sum, { answered }) => sum + answered, 0);
  const entry = own[0];
  while (proxy.name === NAMES.greenlight && entry && answered() < options.calls)
    await measure(entry, options.span);
  return { name: proxy.name, starts, atRest, after: residentMemory(running.program.pid), calls: answered() };
}

/** A run in which the log breaks measures nothing. */
async function verifyLog({ participants }: Lineup): Promise<void> {
  const host = participants.find(({ proxy }) => proxy.name === NAMES.greenlight)?.running.host;
  const verified = await host?.api('activity.verify');
  if (verified?.valid === false) throw new Error(`The chain does not verify: ${verified.message}`);
}

/** Pages of the database that a call changes. */
const PAGES = 12;

/**
 * Milliseconds that the disk takes for what one call changes, as SQLite has it written: `fsync`, which waits for the
 * file's time as well, after a frame for each page.
 */
function flushTime(folder: string): number {
  const file = openSync(join(folder, 'flush'), 'w');
  const frame = Buffer.alloc(24 + 4096, 1);
  try {
    return median(
      Array.from({ length: 25 }, () => {
        for (let page = 0; page < PAGES; page += 1) writeSync(file, frame);
        const started = performance.now();
        fsyncSync(file);
        return performance.now() - started;
      }),
    );
  } finally {
    closeSync(file);
  }
}

function say(what: string): void {
  process.stderr.write(`${what}...\n`);
}
