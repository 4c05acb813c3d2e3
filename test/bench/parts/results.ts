/** What a run of the bench found, and what it says about the aims. */
import type { Measured } from './measure.ts';
import { median, ratio } from './statistics.ts';

/** Names that the aims are about. */
export const NAMES = {
  direct: 'direct',
  bare: 'bare undici proxy',
  bareStream: 'bare undici proxy, event stream',
  greenlight: 'Greenlight',
  spending: 'Greenlight, a call that spends',
  stream: 'Greenlight, event stream',
  long: 'Greenlight, long log',
  window: 'Greenlight, long log, window open',
  inUse: 'Greenlight, long log, window in use',
  stdio: 'Greenlight over stdio',
  intercept: 'Intercept',
  mcpProxy: 'mcp-proxy',
  supergateway: 'supergateway',
} as const;

/** The measurements of one target, one a round. */
export interface TargetResult {
  readonly name: string;
  /** The target of the same run that its ratios are to. */
  readonly base: string;
  /** On all connections. */
  readonly together: readonly Measured[];
  /** On one. */
  readonly serial: readonly Measured[];
}

/** What a process costs beside calls. */
export interface ProcessResult {
  readonly name: string;
  /** Until it listened, at each start: milliseconds, and milliseconds of CPU. */
  readonly starts: readonly { wall: number; cpu: number }[];
  /** MiB. */
  readonly atRest: number;
  readonly after: number;
  /** Calls between the two. */
  readonly calls: number;
}

/** All of a run. */
export interface Results {
  readonly connections: number;
  readonly rows: number;
  /** Milliseconds of one flush to the disk, alone, in each round. */
  readonly flushes: readonly number[];
  readonly targets: readonly TargetResult[];
  readonly processes: readonly ProcessResult[];
}

/** One aim: what was asked for and what is the case; `met` is absent where it was not measured. */
export interface Aim {
  readonly what: string;
  readonly aim: string;
  readonly value: string;
  readonly met?: boolean;
}

/** The medians of a target, with its ratios to its base. */
export function figures(results: Results, { name, base, together, serial }: TargetResult) {
  const of = (from: readonly Measured[], what: keyof Measured) => from.map((round) => round[what]);
  const to = results.targets.find((target) => target.name === base);
  return {
    name,
    rate: median(of(together, 'rate')),
    rateRatio: ratio(of(together, 'rate'), of(to?.together ?? [], 'rate')),
    cpu: median(of(together, 'cpu')),
    cpuRatio: ratio(of(together, 'cpu'), of(to?.together ?? [], 'cpu')),
    busy: median(of(together, 'busy')),
    p50: median(of(together, 'p50')),
    p99: median(of(together, 'p99')),
    p99Ratio: ratio(of(together, 'p99'), of(to?.together ?? [], 'p99')),
    serial: median(of(serial, 'p50')),
    serialRatio: ratio(of(serial, 'p50'), of(to?.serial ?? [], 'p50')),
    // Not a median: the aim is about the longest there is.
    block: Math.max(...of(together, 'block'), ...of(serial, 'block')),
  };
}

/** The aims of a call's cost, each met or missed. */
export function aims(results: Results): Aim[] {
  const target = (name: string) => results.targets.find((one) => one.name === name);
  const figuresOf = (name: string) => {
    const found = target(name);
    return found && figures(results, found);
  };
  const process = (name: string) => results.processes.find((one) => one.name === name);
  const rounds = (name: string, what: keyof Measured, which: 'together' | 'serial' = 'together') =>
    target(name)?.[which].map((round) => round[what]) ?? [];

  const greenlight = figuresOf(NAMES.greenlight);
  const own = process(NAMES.greenlight);
  const calls = (own?.calls ?? 0).toLocaleString('en');
  const alone = rounds(NAMES.greenlight, 'p50', 'serial');
  const longer = rounds(NAMES.spending, 'p50', 'serial').map(
    (value, at) => value - (alone[at] ?? Number.NaN),
  );
  const overStdio = rounds(NAMES.stdio, 'rate');
  const bestPeer = overStdio.map((_, round) =>
    Math.max(
      ...results.targets
        .filter(({ name }) => name === NAMES.mcpProxy || name === NAMES.supergateway)
        .map(({ together }) => together[round]?.rate ?? Number.NaN),
    ),
  );
  const rows = results.rows.toLocaleString('en');
  return [
    atLeast('calls/s / bare', 0.8, greenlight?.rateRatio),
    atLeast(
      'calls/s / Intercept',
      2,
      ratio(rounds(NAMES.greenlight, 'rate'), rounds(NAMES.intercept, 'rate')),
    ),
    atMost('CPU per call / bare', 1.4, greenlight?.cpuRatio),
    atMost('99th percentile / bare', 1.5, greenlight?.p99Ratio),
    atMost('one after the other, median / bare', 1.6, greenlight?.serialRatio),
    // A flush scatters by itself: one and a half are one.
    atMost('what a call that spends takes longer, in flushes', 1.5, ratio(longer, results.flushes)),
    atLeast(
      'stdio: calls/s / the best of mcp-proxy and supergateway',
      1.2,
      ratio(overStdio, bestPeer.filter(Number.isFinite)),
    ),
    atMost(
      `CPU per call with ${rows} calls in the log / with none`,
      1.1,
      ratio(rounds(NAMES.long, 'cpu'), rounds(NAMES.greenlight, 'cpu')),
    ),
    atMost(
      `event loop blocked at most, ${rows} calls, window in use (ms)`,
      50,
      figuresOf(NAMES.inUse)?.block,
      0,
    ),
    atMost('CPU of a start, until it listens (ms)', 400, median(own?.starts.map(({ cpu }) => cpu) ?? []), 0),
    atMost('memory at rest (MiB)', 110, own?.atRest, 0),
    atMost(`memory after ${calls} calls (MiB)`, 180, own?.after, 0),
  ];
}

function atLeast(what: string, aim: number, value: number | undefined, digits = 2): Aim {
  return judged(what, `at least ${aim}`, value, digits, (found) => found >= aim);
}

function atMost(what: string, aim: number, value: number | undefined, digits = 2): Aim {
  return judged(what, `at most ${aim}`, value, digits, (found) => found <= aim);
}

function judged(
  what: string,
  aim: string,
  value: number | undefined,
  digits: number,
  holds: (value: number) => boolean,
): Aim {
  // Without any measurement a maximum is minus infinity.
  if (value === undefined || !Number.isFinite(value)) return { what, aim, value: 'not measured' };
  return { what, aim, value: value.toFixed(digits), met: holds(value) };
}
