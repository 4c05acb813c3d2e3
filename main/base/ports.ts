/**
 * What the core needs from its host. The desktop host and the browser host each hand in their own;
 * tests hand in real ones, and a clock they move themselves.
 */
import type { Settings } from '../../shared/settings.ts';

/** Time that only goes on. */
export interface Clock {
  /** The current time in milliseconds. */
  now(): number;
  /** Runs `task` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
}

/**
 * Greenlight's own time, in milliseconds since about the Unix epoch. It goes on as the machine runs and sleeps,
 * whatever becomes of the machine's clock (NTP, another system on the same machine, a person): it never goes
 * back and never jumps ahead. All that is judged, reserved and kept is dated by it; people read the wall clock.
 */
export interface Time extends Clock {
  /** What the wall clock showed at `at`, in milliseconds since the Unix epoch. */
  toWall(at: number): number;
  /** The moment at which the wall clock shows, or showed, `wall`. */
  fromWall(wall: number): number;
  /**
   * How much further the wall clock has gone since `at` than this time has (ms); 0 where it has not. It was set, or the
   * machine stood still unseen (a virtual one that was paused).
   */
  wallGained(at: number): number;
}

/** The machine's clocks, as a host hands them in: `now` is how long it runs, `after` does not count its sleep. */
export interface MachineClock extends Clock {
  /** Milliseconds since the machine was started, the time it slept included. */
  now(): number;
  /** What its clock shows, in milliseconds since the Unix epoch; it may be set at any time. */
  wall(): number;
  /** Another text with each start of the machine, where the system has one. */
  readonly boot: string | undefined;
}

/** Structured log for the people who run Greenlight. Never given a token, a secret or arguments. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Where settings live (`conf`, `electron-store`: both read and write the same `settings.json`). */
export interface SettingsStore {
  /** The settings as they are now. */
  get(): Settings;
  /** Replaces the settings. Throws when they cannot be written. */
  set(settings: Settings): void;
}

/** Where secrets live: the operating system's keychain, or what the host has instead. */
export interface SecretVault {
  /** What keeps the secrets, in words for the person ("the system keyring", "a file only you can read"). */
  readonly description: string;
  /** What was wrong with it at the start, where a copy is and what to do; absent when all was well. */
  readonly problem?: string | undefined;
  /** Why it is not the system's keyring, where that would be used if it could be. */
  readonly insteadOfKeyring?: string | undefined;
  /** Whether other programs of the person's can read it without asking them. */
  readonly open: boolean;
  /** Set where they are in a file that nothing encrypts: any program of the person's need only read it. */
  readonly inFile?: true | undefined;
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  delete(name: string): Promise<void>;
}

/** What a notification shows. All text is plain text; the notifier escapes what its platform would read as markup. */
export interface Notice {
  /** The approval's id, or one word for a summary or a test; of a budget, "budget:" and its counter; of a change from outside, "outside:" and its id. */
  id: string;
  title: string;
  body: string;
  /** Whether it carries the buttons *Allow* and *Deny*. */
  answerable: boolean;
  /** What these buttons say where no call waits for the answer: there is then no field for a reason either. */
  labels?: { allow: string; deny: string };
  /** Whether it may make a sound. */
  sound: boolean;
}

/** What the person did with a notification. `closed`: it went away without an answer. */
export type NoticeResponse =
  | 'allow'
  | 'deny'
  | 'open'
  | 'closed'
  /** The person wrote why not, where the platform has a field for it. */
  | { answer: 'deny'; reason: string };

/** Whether notifications reach the person. */
export interface NotifierStatus {
  kind: string;
  working: boolean;
  /** What is wrong and what to do, when `working` is false. */
  message?: string;
}

/** Shows native notifications. */
export interface Notifier {
  status(): NotifierStatus;
  /**
   * Shows `notice`; resolves with what the person did. Rejects when it cannot be shown; the approval
   * then stays answerable in the window. Aborting `signal` takes the notification off the screen and
   * resolves with `closed`.
   */
  show(notice: Notice, signal: AbortSignal): Promise<NoticeResponse>;
  /** Takes every notification off the screen and stops what was started for it. */
  close(): Promise<void>;
}
