/** `greenlight log`: the log of calls, of the running Greenlight, or as its database has it where none runs. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { ActivityRow, Outcome, Result } from '../../shared/contract.ts';
import { parseDuration } from '../../shared/duration.ts';
import { LUMA } from '../../shared/server-id.ts';
import { systemReason } from '../base/private-file.ts';
import { saysAsking } from '../gate/denials.ts';
import { oneLine } from '../notify/text.ts';
import type { Asked } from './approvals.ts';
import { CommandError, EXIT } from './command-error.ts';
import { ask, follow, runsHere } from './host.ts';
import { clockTime, put, say, sayJson } from './output.ts';
import { withStoredLog } from './stored-log.ts';

/** Which calls are wanted; all of what is given must hold. Times in ISO. */
export interface Wanted {
  server?: string | undefined;
  tool?: string | undefined;
  outcome?: Outcome | undefined;
  text?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

type Format = 'csv' | 'jsonl';

/** Where the log is read. */
interface Source {
  newest(wanted: Wanted, limit: number): Promise<ActivityRow[]>;
  piece(
    wanted: Wanted,
    format: Format,
    before?: string,
  ): Promise<{ content: string; next?: string | undefined }>;
  /** `note`: what could not be looked at. */
  verify(): Promise<Result<'activity.verify'> & { note?: string }>;
}

/** Does `work` with the log of the Greenlight that runs with `home`, or with its database. */
function withLog<T>(home: string, work: (source: Source) => Promise<T>): Promise<T> {
  if (runsHere(home)) {
    return work({
      newest: async (wanted, limit) => (await ask(home, 'activity.query', { ...wanted, limit })).rows,
      piece: (wanted, format, before) =>
        ask(home, 'activity.export', { ...wanted, format, ...(before && { before }) }),
      verify: () => ask(home, 'activity.verify'),
    });
  }
  return withStoredLog(home, ({ log, at, ends }) => {
    const filterOf = ({ since, until, text, ...wanted }: Wanted) => ({
      ...wanted,
      text: text?.trim() || undefined,
      since: since === undefined ? undefined : at(since),
      until: until === undefined ? undefined : at(until),
    });
    return work({
      newest: async (wanted, limit) =>
        (await log.ask('page', { filter: filterOf(wanted), limit, count: false })).rows,
      async piece(wanted, format, before) {
        const from = before === undefined ? {} : { before: Number(before) };
        const { content, next } = await log.ask('piece', { filter: filterOf(wanted), format, ...from });
        return { content, next: next === undefined ? undefined : String(next) };
      },
      async verify() {
        const { from, ...verified } = await log.ask('verify', ends());
        return {
          ...verified,
          ...(from !== undefined && { from: new Date(from).toISOString() }),
          note: 'Greenlight does not run. Whether calls were cut off at the end it sees when it starts next: that takes the key in its vault.',
        };
      },
    });
  });
}

/** Writes the log, newest first, to standard output or into a new file that only its owner may read. */
export async function exportLog(
  { home, json, format, output }: Asked & { format: Format; output: string | undefined },
  wanted: Wanted,
): Promise<void> {
  await withLog(home, async (source) => {
    const file = output === undefined ? undefined : openNew(output);
    try {
      let before: string | undefined;
      do {
        const { content, next } = await source.piece(wanted, format, before);
        if (file === undefined) put(1, content, process.stdout.isTTY);
        else writeWhole(file, content);
        before = next;
      } while (before !== undefined);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  });
  if (output === undefined) return;
  if (json) sayJson({ file: output });
  else say(`The log is in ${output}.`);
}

/** Recomputes the chain; returns whether the log is as it was written. */
export async function verifyLogOf({ home, json }: Asked): Promise<boolean> {
  const found = await withLog(home, (source) => source.verify());
  const { valid, rows, message, from, note } = found;
  if (json) sayJson(found);
  else {
    const span = from === undefined ? '' : ` since ${clockTime(from)}; older ones were pruned`;
    const calls = `${rows} ${rows === 1 ? 'call' : 'calls'}${span}`;
    say(
      valid
        ? `The log is as it was written (${calls}).`
        : `The log is not what was written (${calls} before the fault). ${message ?? ''} Compare with an earlier export, and look who can write your files.`,
      ...(note === undefined ? [] : [note]),
    );
  }
  return valid;
}

/** Rows that are told again only when something in them changed. */
const MOST_REMEMBERED = 5_000;

/** How many calls are asked for where too many came to be told one by one. */
const MOST_AT_ONCE = 1_000;

/** Says the newest calls, oldest first; with `following`, each that comes or changes too, until Greenlight ends. */
export async function tailLog(
  { home, json, lines, following }: Asked & { lines: number; following: boolean },
  wanted: Wanted,
): Promise<void> {
  const told = new Map<string, string>();
  const tell = (row: ActivityRow) => {
    const line = JSON.stringify(row);
    if (told.get(row.id) === line) return;
    told.delete(row.id);
    told.set(row.id, line);
    if (told.size > MOST_REMEMBERED) told.delete(told.keys().next().value ?? '');
    if (json) sayJson(row);
    else say(rowLine(row));
  };
  const newest = async (limit: number) => {
    const rows = limit === 0 ? [] : await withLog(home, (source) => source.newest(wanted, limit));
    for (const row of rows.reverse()) tell(row);
  };
  if (!following) return newest(lines);
  for await (const { event, data } of follow(home, ['activity', 'changed'], () => newest(lines))) {
    if (event === 'activity') tell(data);
    else if (event === 'changed' && data.what === 'activity') await newest(MOST_AT_ONCE);
  }
}

/** An ISO time from what a person writes: a date, a time, or how long ago (`30m`, `2h`, `7d`). */
export function timeOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  const at = ago === undefined ? Date.parse(text) : Date.now() - ago;
  if (Number.isFinite(at) && Math.abs(at) < 8.64e15) return new Date(at).toISOString();
  throw new CommandError(
    EXIT.misused,
    `--${option} takes a time (2026-11-29, 2026-11-29T14:00) or how long ago (30m, 2h, 7d), not "${text}".`,
  );
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    const there = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new CommandError(
      EXIT.misused,
      there
        ? `${path} is there already. Name another file.`
        : `${path} cannot be written: ${systemReason(cause)}. Name another file.`,
      { cause },
    );
  }
}

function writeWhole(file: number, content: string): void {
  const bytes = Buffer.from(content);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  } catch (cause) {
    throw new CommandError(
      EXIT.wrong,
      `The log could not be written whole: ${systemReason(cause)}. Remove the file, make room, and try again.`,
      { cause },
    );
  }
}

function rowLine({
  at,
  outcome,
  server,
  tool,
  client,
  cost,
  result,
  message,
  decidedBy,
}: ActivityRow): string {
  return [
    clockTime(at),
    outcome + (decidedBy === undefined ? '' : ` (${decidedBy})`),
    // Of luma it is not said, as it was before there were others.
    `${oneLine(tool, 100)}${server === LUMA ? '' : ` on ${server}`}`,
    oneLine(client.label, 60),
    ...(cost === undefined ? [] : [`cost ${cost}`]),
    ...(result === undefined ? [] : [result]),
    // What the agent was told while the user was asked is over once they answered, or did not.
    ...(message === undefined || (outcome !== 'waiting' && saysAsking(message))
      ? []
      : [oneLine(message, 300)]),
  ].join('  ');
}
