/** The running Greenlight, as the command line reaches it. */
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import {
  type EventName,
  type Events,
  events,
  failure,
  type MethodName,
  methods,
  type Params,
  type Result,
} from '../../shared/contract.ts';
import { type ErrorCode, UserFacingError } from '../../shared/user-facing-error.ts';
import { findCommandAddress } from '../base/command-address.ts';
import { isLocked } from '../database/lock.ts';
import { CommandError, EXIT } from './command-error.ts';

/** One that `follow` asked for, with its data. */
export type Followed = { [E in EventName]: { event: E; data: Events[E] } }[EventName];

const answered = z.union([failure, z.object({ result: z.unknown() })]);
const told = z.object({
  event: z.enum(Object.keys(events) as [EventName, ...EventName[]]),
  data: z.unknown(),
});

/** Whether a Greenlight runs with the data directory `home`, whether or not it can be asked. */
export function runsHere(home: string): boolean {
  return isLocked(join(home, 'greenlight.lock'));
}

/** Asks the Greenlight of `home` one thing. Rejects with a {@link UserFacingError}: there is none, or it says no. */
export async function ask<M extends MethodName>(
  home: string,
  method: M,
  params?: Params<M> | { id: string; answer: 'deny'; reason?: string | undefined },
): Promise<Result<M>> {
  for await (const line of exchange(home, { method, params })) {
    const result = resultOf(line);
    return understood(() => methods[method].result.parse(result)) as Result<M>;
  }
  throw new CommandError(
    EXIT.wrong,
    'Greenlight gave no answer: it ends just now, or too many ask at once. Try again.',
  );
}

/**
 * Follows `names` of the Greenlight of `home`, until it ends or the caller stops. `following` is called once nothing is
 * missed any more. Rejects as {@link ask}, and when Greenlight ends.
 */
export async function* follow(
  home: string,
  names: EventName[],
  following: () => Promise<void> | void,
): AsyncGenerator<Followed> {
  let first = true;
  for await (const line of exchange(home, { follow: names })) {
    if (first) {
      resultOf(line);
      first = false;
      await following();
      continue;
    }
    const { event, data } = understood(() => told.parse(JSON.parse(line)));
    yield { event, data: understood(() => events[event].parse(data)) } as Followed;
  }
  throw ended();
}

/** Sends `request` and returns the lines that come back. */
async function* exchange(home: string, request: object): AsyncGenerator<string> {
  const address = findAddress(home);
  if (address === undefined) throw notRunning(home);
  const socket = createConnection(address);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => resolve());
    }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED') throw notRunning(home, cause);
      throw new CommandError(
        EXIT.wrong,
        `The running Greenlight cannot be reached at ${address} (${cause.code ?? cause.message}). Check that its folder is yours.`,
        { cause },
      );
    });
    socket.on('error', () => {});
    socket.write(`${JSON.stringify(request)}\n`);
    try {
      yield* createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
    } catch {
      // It broke off: the lines end.
    }
  } finally {
    socket.destroy();
  }
}

function findAddress(home: string): string | undefined {
  try {
    return findCommandAddress(home);
  } catch (cause) {
    throw new CommandError(
      EXIT.wrong,
      `Greenlight is not asked: ${(cause as Error).message}, so what answers there may be another’s. Remove it, then start Greenlight again.`,
      { cause },
    );
  }
}

function resultOf(line: string): unknown {
  const answer = understood(() => answered.parse(JSON.parse(line)));
  if ('result' in answer) return answer.result;
  const { code, message } = answer.error;
  throw new UserFacingError(code as ErrorCode, message);
}

/** What another version says may be something else. */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new CommandError(
      EXIT.wrong,
      'The running Greenlight says something that this command line does not understand. Use the one that came with it.',
      { cause },
    );
  }
}

function notRunning(home: string, cause?: unknown): CommandError {
  return new CommandError(
    EXIT.notRunning,
    runsHere(home)
      ? `A Greenlight runs with ${home}, but it does not listen to the command line: it is an older one, or could not open its socket (its log says why). Start a current one in its place.`
      : `No Greenlight runs with ${home}. Start it (the application, or "greenlight serve"), or name another data directory with --home.`,
    { cause },
  );
}

function ended(): CommandError {
  return new CommandError(EXIT.notRunning, 'Greenlight has ended. Start it again.');
}
