import type { Logger } from '../base/ports.ts';
import type { Accepted } from './accepted.ts';

/** What was lost or changed by others, by a word for each, with what happened and what to do. */
export interface Losses {
  /** All of it. */
  readonly all: Readonly<Record<string, string>>;
  /** The first to be told of one thing stays. */
  add(what: string, problem: string): void;
  /** From now on they are kept in `accepted`, as soon as one is added or the earlier ones are recalled. */
  keepIn(accepted: Accepted): void;
  /** Adds those of earlier starts: a restart must not hide them. Throws StorageError. */
  recall(): void;
  /** The person has done what they were asked to. Throws StorageError. */
  clear(): void;
}

/** The name under which they are kept. */
const NAME = 'losses';

/** None at first, and nowhere to keep them: the database may be what is lost. */
export function createLosses(logger: Logger): Losses {
  const all: Record<string, string> = {};
  let kept: Accepted | undefined;

  function recall(): void {
    const earlier = (kept?.get(NAME) ?? {}) as Record<string, string>;
    for (const [what, problem] of Object.entries(earlier)) all[what] ??= problem;
    if (Object.keys(all).length > 0) kept?.set(NAME, all);
  }

  return {
    all,
    add(what, problem) {
      all[what] ??= problem;
      logger.error(
        { what, reason: problem },
        'something that Greenlight kept is lost, or was changed by others',
      );
      recall();
    },
    keepIn(accepted) {
      kept = accepted;
    },
    recall,
    clear() {
      if (Object.keys(all).length === 0) return;
      kept?.set(NAME, {});
      for (const what of Object.keys(all)) delete all[what];
    },
  };
}
