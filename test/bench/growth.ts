/**
 * `npm run bench:growth`: what a call costs against the rows in the log, rules, tools, grants, servers and sizes, one at a time,
 * as CPU of the host per call. Says for each whether it grows, and how. `--write` puts the table into
 * docs/performance.md.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { JsonObject } from '../../shared/json.ts';
import { greenlight } from './parts/contenders.ts';
import { machine, writePart } from './parts/document.ts';
import { makeRunFolder } from './parts/folders.ts';
import { describeGrowth } from './parts/growth.ts';
import { type Access, buildHost, type Host, POLICY } from './parts/host.ts';
import { measure, nextCall, openConnections, type Request, type Target } from './parts/measure.ts';
import { countsCpu, pinSelf } from './parts/program.ts';
import { median } from './parts/statistics.ts';
import { markdownTable, shown } from './parts/tables.ts';
import { httpSettings, startHttpUpstream } from './parts/upstreams.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    span: { type: 'string', default: '600' },
    rows: { type: 'string', default: '1000000' },
    only: { type: 'string', multiple: true, default: [] as string[] },
    write: { type: 'boolean', default: false },
    docs: { type: 'string' },
  },
});
const [rounds, span, rows] = [Number(values.rounds), Number(values.span), Number(values.rows)];

/** Large answers need no more, and the load stays lighter than the host. */
const CONNECTIONS = 4;

/** One thing that may grow. */
interface Series {
  name: string;
  /** Plural of what is counted. */
  unit: string;
  sizes: readonly number[];
  /** What the host is like at a size; the same host for all where it is not said. */
  host?(size: number): Like;
  next?(size: number): Request;
}

/** What a host is like. */
interface Like {
  rows?: number;
  policy?: object;
  tools?: number;
  grants?: number;
  servers?: number;
}

const ANSWERS = [1, 64, 1024, 3072].map((kib) => kib * 1024);

const SERIES: readonly Series[] = [
  {
    name: 'calls in the log',
    unit: 'calls',
    sizes: [0, 10_000, 100_000, 1_000_000].filter((size) => size <= rows),
    host: (size) => ({ rows: size }),
  },
  {
    name: 'conditions that the call is held against',
    unit: 'conditions',
    sizes: [1, 10, 100, 1_000],
    host: (size) => ({ policy: withConditions(size) }),
  },
  {
    name: 'other tools with rules in the policy',
    unit: 'tools',
    sizes: [1, 10, 100, 1_000],
    host: (size) => ({ policy: withOtherTools(size) }),
  },
  { name: 'tools of the upstream', unit: 'tools', sizes: [3, 100, 1_000], host: (size) => ({ tools: size }) },
  {
    name: 'tools/list, by tools of the upstream',
    unit: 'tools',
    sizes: [3, 100, 1_000],
    host: (size) => ({ tools: size }),
    next: nextToolList,
  },
  { name: 'grants', unit: 'grants', sizes: [1, 100, 1_000], host: (size) => ({ grants: size }) },
  { name: 'servers', unit: 'servers', sizes: [1, 10, 50], host: (size) => ({ servers: size }) },
  {
    name: 'bytes of arguments',
    unit: 'bytes',
    sizes: [1, 16, 200].map((kib) => kib * 1024),
    next: (size) => nextCall('read', { prompt: 'x'.repeat(size) }),
  },
  {
    name: 'bytes of an answer (JSON)',
    unit: 'bytes',
    sizes: ANSWERS,
    next: (size) => ({ ...nextCall('read', { size }), expected: 'xxxx' }),
  },
  {
    name: 'bytes of an event',
    unit: 'bytes',
    sizes: ANSWERS,
    next: (size) => ({ ...nextCall('stream', { size }), expected: 'xxxx' }),
  },
  {
    name: 'events of an answer',
    unit: 'events',
    sizes: [1, 10, 100, 1_000],
    next: (size) => nextCall('stream', { events: size }),
  },
];

const folder = makeRunFolder();
await buildHost();
pinSelf();
const lines: string[][] = [];
for (const [at, series] of SERIES.entries()) {
  if (values.only.length > 0 && !values.only.includes(series.name)) continue;
  process.stderr.write(`${series.name}...\n`);
  lines.push(await measureSeries(series, join(folder, `${at}`)));
}
const table = markdownTable(['', 'at', `CPU µs per ${countsCpu ? 'call' : 'call (wall time)'}`, ''], lines);
console.log(table);
if (values.write) writePart('growth', `${table}\n\n${machine()}.`, values.docs);
process.exit(0);

/** Sizes in turn, round after round; each has a host of its own where the series says what it is like. */
async function measureSeries({ name, unit, sizes, host, next }: Series, home: string): Promise<string[]> {
  const ends: (() => Promise<void>)[] = [];
  const targets: Target[] = [];
  try {
    for (const size of sizes) {
      const shared = host === undefined ? targets[0] : undefined;
      const found = shared ?? (await startTarget(join(home, `${size}`), host?.(size) ?? {}, ends));
      targets.push({ ...found, name: `${name}: ${size}`, next: () => next?.(size) ?? nextCall('read') });
    }
    const costs = targets.map((): number[] => []);
    for (let round = -1; round < rounds; round++) {
      for (const [at, target] of targets.entries()) {
        const { cpu, p50 } = await measure(target, span);
        if (round >= 0) costs[at]?.push(countsCpu ? cpu : p50 * 1000);
      }
    }
    const medians = costs.map(median);
    return [
      name,
      sizes.map((size) => size.toLocaleString('en')).join(' · '),
      medians.map((cost) => shown(cost, 0)).join(' · '),
      describeGrowth(sizes, medians, unit),
    ];
  } finally {
    for (const end of ends) await end();
  }
}

async function startTarget(home: string, like: Like, ends: (() => Promise<void>)[]): Promise<Target> {
  const upstream = await startHttpUpstream(like.tools);
  ends.push(upstream.stop);
  const contender = greenlight('host', home, httpSettings(upstream.port), like);
  const { program, host, access } = await contender.start();
  ends.push(program.stop);
  for (let count = 1; count < (like.grants ?? 1); count++)
    await host.api('clients.create', { label: `Client ${count}` });
  return {
    name: '',
    program,
    connections: await openConnections(
      { ...access, ...(await addServers(host, (like.servers ?? 1) - 1, upstream.port)) },
      CONNECTIONS,
    ),
    next: () => nextCall('read'),
  };
}

/** So many servers more than luma; access to the last of them, where there is one. */
async function addServers(host: Host, count: number, port: number): Promise<Partial<Access>> {
  const settings = httpSettings(port);
  let last: string | undefined;
  for (let at = 1; at <= count; at++) {
    const id = `server-${at}`;
    const made = await host.api('policies.save', { name: id, document: { ...POLICY, server: id } as never });
    if ('errors' in made) throw new Error(JSON.stringify(made.errors));
    await host.api('servers.add', { ...settings, name: id, id, policyId: made.id });
    last = id;
  }
  if (last === undefined) return {};
  const { token } = await host.api('clients.create', { label: 'Of the last', servers: [last] });
  return { path: `/mcp/${last}`, headers: { authorization: `Bearer ${token}` } };
}

function withConditions(count: number): JsonObject {
  const deny = Array.from({ length: count }, (_, at) => ({
    path: 'args.aspect_ratio',
    op: 'eq',
    value: `${at}:0`,
  }));
  return { ...POLICY, tools: { ...POLICY.tools, luma_get_task: { deny_if: deny } } } as never;
}

function withOtherTools(count: number): JsonObject {
  const rule = { deny_if: [{ path: 'args.callback_url', op: 'exists', value: true }] };
  const others = Array.from({ length: count }, (_, at) => [`other_${at}`, rule]);
  return { ...POLICY, tools: { ...POLICY.tools, ...Object.fromEntries(others) } } as never;
}

function nextToolList(): Request {
  return {
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    expected: 'luma_get_task',
  };
}
