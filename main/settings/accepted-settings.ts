import { basename, dirname } from 'node:path';
import { canonicalJson, digest } from '../../shared/digest.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { type Settings, settingsSchema } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { createListeners } from '../base/listeners.ts';
import { changedAgain, nothingWaits, type Outside } from '../base/outside.ts';
import type { Clock, Logger, SettingsStore } from '../base/ports.ts';
import { systemReason } from '../base/private-file.ts';
import { fileSignature, watchFolder } from '../base/watch.ts';
import { type OpenedSettings, refuseTooLarge, type SettingsFile, toSettings } from './settings.ts';

/** The settings that the person accepted; what another program writes into their file waits. */
export interface AcceptedSettings extends SettingsStore {
  /** `also` writes into the database what is to be there with these settings, or not at all. */
  set(settings: Settings, also?: () => void): void;
  readonly outside: Outside;
  /** Why what was accepted is not known any more; then the file holds, and the caller has to see to the rest. */
  readonly lost?: string;
  /** What is wrong with the file now, and what to do. */
  problem(): string | undefined;
  close(): void;
}

/** What is kept of them. */
interface Kept {
  settings: Settings;
  /** What is being written: the settings, and the file with what waits in it. A process may die between the two. */
  writing?: { settings: Settings; file: Settings };
}

/** The id of the one change that there can be. */
const ID = 'settings';

/** Notes that settings are accepted; `also` as in {@link AcceptedSettings.set}. */
export type Accept = (also?: () => void) => void;

/** Members that mean something only as a whole. */
const WHOLE: ReadonlySet<string> = new Set<keyof Settings>(['upstream', 'guard']);

/** What was accepted, `content`, with every call blocked; `undefined` where nothing is known. */
export function blocked(content: Json | undefined): Json | undefined {
  if (content === undefined) return undefined;
  const { settings } = content as unknown as Kept;
  return { settings: { ...settings, guard: { mode: 'block' } } } as unknown as Json;
}

/** Whether, by what was accepted, `content`, the log keeps only the names of arguments; also where that cannot be read. */
export function keepsNamesOnly(content: () => Json | undefined): boolean {
  try {
    const known = content();
    return (
      known !== undefined && toSettings((known as unknown as Kept).settings).activity.arguments === 'names'
    );
  } catch {
    return true;
  }
}

/**
 * The settings of `file` that were accepted, as `accepted` keeps them, and follows the file until closed. Where
 * nothing was accepted yet, and where the file was lost (its defaults block every call), those of the file are.
 */
export function acceptSettings(parts: {
  file: OpenedSettings;
  accepted: { get(): Json | undefined; set(content: Json): void };
  database: {
    transaction<T>(work: () => T): T;
    onRollback(readAgain: () => void): void;
    afterCommit(task: () => void): void;
  };
  clock: Clock;
  logger: Logger;
  /** Puts `next` in force, which the person chose to use: calls `accept` in between, unless it cannot be used. */
  use: (next: Settings, accept: Accept) => void | Promise<void>;
}): AcceptedSettings {
  const { file, database, clock, logger } = parts;
  const { path } = file;
  const listeners = createListeners<() => void>(logger);
  /** What another program made of the file, without what is Greenlight's own in it. `digest`: of that and what it was made of. */
  let change: { settings: Settings; digest: string; seenAt: number } | undefined;
  let problem: string | undefined;
  let seen: string | undefined;

  const keep = (content: Kept) => parts.accepted.set(content as unknown as Json);
  const read = (): Kept | undefined => {
    const content = parts.accepted.get();
    if (content === undefined) return undefined;
    const { settings, writing } = content as unknown as Kept;
    return {
      settings: toSettings(settings),
      ...(writing && {
        writing: { settings: toSettings(writing.settings), file: toSettings(writing.file) },
      }),
    };
  };

  /** Takes note of what stands in the file. */
  function note(found: SettingsFile): void {
    problem = undefined;
    if (found.kind === 'missing') return void writeAgain();
    if (found.kind === 'settings') {
      const settings = withOwn(found.settings, accepted);
      if (same(settings, accepted)) change = undefined;
      else {
        if (change === undefined) logger.warn({ path }, 'another program changed the settings; that waits');
        change = { settings, digest: digestOf(accepted, settings), seenAt: change?.seenAt ?? clock.now() };
      }
      return;
    }
    change = undefined;
    problem =
      found.kind === 'invalid'
        ? `The settings file ${path} is not valid (${found.reason}); your settings stay as they are. Mend it before Greenlight starts again, or change any setting in the window: what stands there is then kept beside, and the file written again.`
        : `The settings file ${path} cannot be read (${found.reason}); your settings stay as they are. Move away what stands there: the file is then written again.`;
  }

  function writeAgain(): void {
    change = undefined;
    try {
      file.set(accepted);
      logger.warn({ path }, 'the settings file was removed; it is written again');
    } catch (error) {
      problem = `${systemReason(error)} Your settings stay as they are.`;
    }
  }

  /** Runs `work`, then tells the listeners if what waits, or what is wrong with the file, is another than before. */
  function told<T>(work: () => T): T {
    const state = () => JSON.stringify([change?.digest, problem]);
    const before = state();
    try {
      return work();
    } finally {
      if (state() !== before) listeners.tell();
    }
  }

  /** Looks at the file if it may be another than at the last look. Never throws. */
  function look(): void {
    told(() => {
      let signature: string | undefined;
      try {
        // Taken before the file is read: a change in between is then seen the next time.
        signature = fileSignature(path);
      } catch {
        // Reading it tells why.
      }
      if (signature !== undefined && signature === seen) return;
      note(file.read());
      seen = signature;
    });
  }

  /** Puts `into` into the file; a text that would be lost is kept beside. */
  function write(into: Settings): void {
    if (file.read().kind === 'invalid') file.keepAside();
    file.set(into);
  }

  /** Has `settings` accepted in a transaction that does `also`, and then `last`. */
  function accept(settings: Settings, also: () => void, last: () => void): void {
    database.transaction(() => {
      keep({ settings });
      // Before anybody is told of what `also` writes.
      database.afterCommit(() => {
        accepted = settings;
      });
      also();
      last();
    });
    accepted = settings;
  }

  /** Has `settings` accepted and `into` written, both or neither, whenever the process may end. */
  function put(settings: Settings, into: Settings, also: () => void): void {
    keep({ settings: accepted, writing: { settings, file: into } });
    let written = false;
    try {
      accept(settings, also, () => {
        write(into);
        written = true;
      });
    } catch (error) {
      try {
        if (written) file.set(change?.settings ?? accepted);
        keep({ settings: accepted });
      } catch {
        // A disk that takes nothing any more: the next start compares what is there.
      }
      throw error;
    }
  }

  /** The file with `settings`, and beside them what waits in it. Throws a {@link UserFacingError} where they do not fit. */
  function fileWith(settings: Settings): Settings {
    if (change === undefined) return settings;
    const both = settingsSchema.safeParse(carriedOver(accepted, change.settings, settings));
    if (both.success) return both.data;
    throw new UserFacingError(
      'conflict',
      'Another program changed the settings file, and what it wrote does not go together with this. Use that change or keep your settings first, then try again.',
    );
  }

  const kept = file.problem === undefined ? attempt(read) : undefined;
  let accepted = kept instanceof Error || kept === undefined ? file.get() : kept.settings;
  if (kept instanceof Error || kept === undefined) keep({ settings: accepted });
  else if (kept.writing !== undefined) {
    // It was set by the person, and written: only what says so was not.
    const found = file.read();
    if (found.kind === 'settings' && same(found.settings, kept.writing.file))
      accepted = kept.writing.settings;
    keep({ settings: accepted });
  }
  note(file.read());
  database.onRollback(() => {
    accepted = read()?.settings ?? accepted;
    seen = undefined;
  });
  const stopWatching = watchFolder(dirname(path), look, logger, basename(path));

  return {
    get: () => accepted,
    set(next, also = () => {}) {
      // As it is read again: a member without a value is none.
      const settings = settingsSchema.parse(JSON.parse(JSON.stringify(next)));
      told(() => {
        // What another program wrote just now must not be lost.
        note(file.read());
        const into = fileWith(settings);
        refuseTooLarge(into, settings, accepted);
        put(settings, into, also);
        note(file.read());
      });
    },
    problem: () => problem,
    outside: {
      list: () =>
        change === undefined
          ? []
          : [
              {
                id: ID,
                kind: 'settings',
                name: 'Settings',
                path,
                seenAt: change.seenAt,
                before: shown(accepted),
                after: shown(change.settings),
                digest: change.digest,
              },
            ],
      async decide(id, digest, answer) {
        const waiting = (): Settings => {
          told(() => note(file.read()));
          if (id !== ID || change === undefined) throw nothingWaits();
          if (change.digest !== digest) throw changedAgain();
          return change.settings;
        };
        if (answer === 'keep') {
          if (id !== ID || change === undefined) throw nothingWaits();
          told(() => {
            write(accepted);
            note(file.read());
          });
          return;
        }
        await parts.use(waiting(), (also = () => {}) => {
          accept(waiting(), also, () => {});
          told(() => note(file.read()));
        });
      },
      onChange: listeners.add,
    },
    ...(kept instanceof Error && {
      lost: `What you accepted of your settings cannot be read in the database any more, so those of ${path} hold and every call is blocked. Look through them, then choose another guard mode.`,
    }),
    close: stopWatching,
  };
}

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function same(one: Settings, other: Settings): boolean {
  return canonicalJson(one as unknown as Json) === canonicalJson(other as unknown as Json);
}

/** Names what the person sees: what is in force, and what it would become. */
function digestOf(before: Settings, after: Settings): string {
  return digest([shown(before), shown(after)]);
}

/** `found` in a file, with Greenlight's own part of them as it was accepted: a guard mode's end by its own time. */
function withOwn(found: Settings, accepted: Settings): Settings {
  const { mode, until } = found.guard;
  if (mode === accepted.guard.mode && until === accepted.guard.until)
    return { ...found, guard: accepted.guard };
  return { ...found, guard: until === undefined ? { mode } : { mode, until } };
}

/** The settings for people, without what is Greenlight's own. */
function shown(settings: Settings): Json {
  const { end: _, ...guard } = settings.guard;
  return { ...settings, guard } as unknown as Json;
}

/** `next` with what is different in `after` than in `before`, member by member. */
function carriedOver(before: object, after: object, next: object): object {
  const [was, is] = [before as JsonObject, after as JsonObject];
  return Object.fromEntries(
    Object.entries(next as JsonObject).map(([name, value]) => {
      const [from = null, to = null] = [was[name], is[name]];
      if (canonicalJson(from) === canonicalJson(to)) return [name, value];
      if (isListOfServers(from) && isListOfServers(to) && isListOfServers(value))
        return [name, serversCarriedOver(from, to, value)];
      if (WHOLE.has(name) || !isJsonObject(from) || !isJsonObject(to) || !isJsonObject(value))
        return [name, to];
      return [name, carriedOver(from, to, value)];
    }),
  );
}

type Named = JsonObject & { id: string };

/** Whether `value` is a list whose entries have ids, as servers do. */
function isListOfServers(value: Json): value is Named[] {
  return Array.isArray(value) && value.every((one) => isJsonObject(one) && typeof one.id === 'string');
}

/** The same for servers, each by its id: what became of one says nothing of another. */
function serversCarriedOver(
  before: readonly Named[],
  after: readonly Named[],
  next: readonly Named[],
): JsonObject[] {
  const [was, is] = [before, after].map((all) => new Map(all.map((one) => [one.id, one]))) as [
    Map<string, Named>,
    Map<string, Named>,
  ];
  const stay = next.flatMap((one): JsonObject[] => {
    const [from, to] = [was.get(one.id), is.get(one.id)];
    if (to === undefined) return from === undefined ? [one] : [];
    return [from === undefined ? to : (carriedOver(from, to, one) as JsonObject)];
  });
  const added = after.filter(({ id }) => !was.has(id) && !next.some((one) => one.id === id));
  return [...stay, ...added];
}
