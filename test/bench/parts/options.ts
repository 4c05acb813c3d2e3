import { parseArgs } from 'node:util';
import { NAMES } from './results.ts';

/** What `npm run bench` was asked to do. */
export interface Options {
  /** Measurements of each target. */
  rounds: number;
  /** Milliseconds of one on all connections; one on a single connection takes 0.4 of it. */
  span: number;
  /** Calls in the log of the targets that have a long one; 0 leaves these out. */
  rows: number;
  /** Whether an open window is measured too, and one that is in use. */
  window: boolean;
  /** Calls that a process has answered when its memory is looked at. */
  calls: number;
  /** Names of targets; empty: all. The bare proxy takes part always. */
  only: string[];
  /** Whether npm's peers are installed first. */
  peers: boolean;
  /** Whether the document and its picture are written, and in which folder. */
  write: boolean;
  docs: string | undefined;
  /** What is profiled instead of measured: a part of its name. */
  profile: string | undefined;
}

const usage = `npm run bench -- [options]

  --rounds N        measurements of each target (30)
  --span MS         milliseconds of one (300)
  --rows N          calls in the long log (1000000); 0: none
  --no-window       without an open window
  --calls N         calls after which memory is looked at (20000)
  --only NAME       only this target, by its name in the table, and the bare proxy; again for more
  --peers           install mcp-proxy and supergateway into the cache first (PEERS: where they are instead)
  --write           write docs/performance.md and its picture; --docs DIR: into another folder
  --profile NAME    say instead where the CPU goes: greenlight, spend, stream, stdio, rows, or start; with --write
                    into the document, where it has a place for that
  INTERCEPT=FILE    PolicyLayer's Intercept, where there is one
`;

/** Reads the command line. Ends the process, with the usage, where it is not understood. */
export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      allowNegative: true,
      options: {
        rounds: { type: 'string', default: '30' },
        span: { type: 'string', default: '300' },
        rows: { type: 'string', default: '1000000' },
        window: { type: 'boolean', default: true },
        calls: { type: 'string', default: '20000' },
        only: { type: 'string', multiple: true, default: [] },
        peers: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        docs: { type: 'string' },
        profile: { type: 'string' },
      },
    });
    const names: readonly string[] = Object.values(NAMES);
    const unknown = values.only.find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new Error(`There is no target "${unknown}". There are:\n  ${names.join('\n  ')}`);
    return {
      rounds: whole(values.rounds, '--rounds', 1),
      span: whole(values.span, '--span', 1),
      rows: whole(values.rows, '--rows', 0),
      window: values.window,
      calls: whole(values.calls, '--calls', 0),
      only: values.only,
      peers: values.peers,
      write: values.write,
      docs: values.docs,
      profile: values.profile,
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return process.exit(1);
  }
}

function whole(text: string, name: string, least: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new Error(`${name} takes a whole number, ${least} or more.`);
  return number;
}
