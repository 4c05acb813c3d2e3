/** Who takes part in a run: each target, and the processes behind them. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as contenders from './contenders.ts';
import type { Host } from './host.ts';
import { type CallKind, nextCall, openConnections, type Target } from './measure.ts';
import type { Options } from './options.ts';
import { residentMemory } from './program.ts';
import { NAMES } from './results.ts';
import { httpSettings, startHttpUpstream, stdioSettings } from './upstreams.ts';

export const CONNECTIONS = 16;

/** Milliseconds that all processes are left alone before their memory at rest is looked at. */
const REST = 3_000;

/** A target of this run; `base` is the one that its ratios are to. */
export type Entry = Target & { readonly base: string };

/** A process of this run. */
export interface Participant {
  readonly proxy: contenders.Contender;
  readonly running: contenders.Running;
  /** What each start cost. */
  readonly starts: readonly contenders.Running['start'][];
  /** MiB. */
  readonly atRest: number;
}

/** Targets of a run, and whom it left out and why. */
export interface Lineup {
  readonly entries: readonly Entry[];
  readonly participants: readonly Participant[];
  readonly missing: readonly string[];
  stop(): Promise<void>;
}

/** A proxy, and what is measured at it. */
interface Plan {
  proxy: contenders.Contender;
  targets: readonly TargetPlan[];
}

interface TargetPlan {
  name: string;
  kind?: CallKind;
  /** The bare proxy, unless it is said. */
  base?: string;
  beside?: (host: Host) => Promise<() => Promise<void>>;
}

/**
 * Starts everybody who takes part: first `starts` times, measured in turn, then to stay. A peer that cannot be started is
 * left out, with the reason.
 */
export async function startLineup(options: Options, folder: string, starts: number): Promise<Lineup> {
  const upstream = await startHttpUpstream();
  const entries: Entry[] = [];
  const participants: Participant[] = [];
  const missing: string[] = [];
  const present: (Plan & { measured: contenders.Running['start'][] })[] = [];

  // The first start makes the home and does not count.
  for (const plan of planned(options, folder, upstream.port)) {
    if (plan.targets.length === 0) continue;
    try {
      await startAndStop(plan.proxy);
      present.push({ ...plan, measured: [] });
    } catch (error) {
      if (!plan.proxy.optional) throw error;
      missing.push(`${plan.proxy.name}: ${(error as Error).message}`);
    }
  }
  for (let round = 0; round < starts; round++)
    for (const { proxy, measured } of present) measured.push(await startAndStop(proxy));

  const direct = await openConnections({ port: upstream.port, path: '/mcp', headers: {} }, CONNECTIONS);
  entries.push({ name: NAMES.direct, base: NAMES.bare, connections: direct, next: () => nextCall('read') });
  const started = [];
  for (const plan of present) started.push({ ...plan, running: await plan.proxy.start() });
  await sleep(REST);
  for (const { proxy, targets, measured, running } of started) {
    const { program, host, access } = running;
    participants.push({ proxy, running, starts: measured, atRest: residentMemory(program.pid) });
    for (const { name, kind = 'read', base = NAMES.bare, beside } of targets) {
      entries.push({
        ...{ name, base, program, watched: proxy.watched, next: () => nextCall(kind) },
        connections: await openConnections(access, CONNECTIONS),
        ...(host && beside && { beside: () => beside(host) }),
      });
    }
  }

  return {
    entries,
    participants,
    missing,
    async stop() {
      for (const { connections } of entries) for (const connection of connections) connection.close();
      await Promise.all(participants.map(({ running }) => running.program.stop()));
      await upstream.stop();
    },
  };
}

async function startAndStop(proxy: contenders.Contender): Promise<contenders.Running['start']> {
  const { start, program } = await proxy.start();
  await program.stop();
  return start;
}

/** Everybody there is, with the targets that the options ask for. */
function planned({ only, rows, window }: Options, folder: string, port: number): Plan[] {
  const http = httpSettings(port);
  const { bare, bareStream, greenlight, stream, long, stdio } = NAMES;
  const all: Plan[] = [
    {
      proxy: contenders.bareProxy(port),
      targets: [{ name: bare }, { name: bareStream, kind: 'stream' }],
    },
    {
      proxy: contenders.greenlight(greenlight, folder, http),
      targets: [
        { name: greenlight },
        { name: NAMES.spending, kind: 'spend' },
        { name: stream, kind: 'stream', base: bareStream },
      ],
    },
    {
      proxy: contenders.greenlight(long, folder, http, { rows }),
      targets: [
        { name: long },
        { name: NAMES.window, beside: openWindow },
        { name: NAMES.inUse, beside: openUsedWindow },
      ].filter(({ beside }) => rows > 0 && (window || !beside)),
    },
    { proxy: contenders.intercept(folder, port), targets: [{ name: NAMES.intercept }] },
    { proxy: contenders.greenlight(stdio, folder, stdioSettings()), targets: [{ name: stdio }] },
    { proxy: contenders.mcpProxy(), targets: [{ name: NAMES.mcpProxy }] },
    { proxy: contenders.supergateway(), targets: [{ name: NAMES.supergateway }] },
  ];
  const wanted = (name: string) => only.length === 0 || name.startsWith(bare) || only.includes(name);
  return all.map((plan) => ({ ...plan, targets: plan.targets.filter(({ name }) => wanted(name)) }));
}

/** The event stream of a window, as a tab in the background has it. */
async function openWindow(host: Host): Promise<() => Promise<void>> {
  const close = await host.openWindow();
  return async () => close();
}

/** What a person asks for who looks for something in the log; each in turn, over all rounds. */
const QUESTIONS: readonly ((host: Host) => Promise<unknown>)[] = [
  ({ api }) => api('activity.query', { text: 'lighthouse', limit: 100 }),
  ({ api }) => api('activity.query', { text: 'found nowhere', limit: 100 }),
  ({ api }) => api('activity.query', { outcome: 'denied', limit: 100 }),
  ({ api }) => api('activity.query', { tool: 'luma_extend_video', text: 'golden light', limit: 100 }),
  ({ api }) => api('videos.list', { limit: 100 }),
  ({ api }) => api('approvals.list', { answered: true }),
  ({ api }) => api('activity.export', { format: 'csv', text: 'robots' }),
];
let asked = 0;

/** A window whose person asks one thing after the other, again as soon as there is an answer. */
async function openUsedWindow(host: Host): Promise<() => Promise<void>> {
  const close = await host.openWindow();
  let closed = false;
  const asking = (async () => {
    while (!closed) {
      const question = QUESTIONS[asked % QUESTIONS.length];
      asked += 1;
      await question?.(host);
    }
  })();
  return async () => {
    closed = true;
    await asking;
    close();
  };
}
