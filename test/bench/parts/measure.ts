/** One measurement: calls on some connections for a while. */
import { type Answer, beginSession, type Connection, createConnection } from './connection.ts';
import type { Access } from './host.ts';
import { cpuTime, type Program } from './program.ts';
import { quantile } from './statistics.ts';

/** `read`: looks something up. `spend`: costs money, so it is flushed. `stream`: a look-up answered as events. */
export type CallKind = 'read' | 'spend' | 'stream';

/** What is measured: calls of a kind, on connections to one program. */
export interface Target {
  readonly name: string;
  /** Absent: the upstream itself, whose cost is not the point. */
  readonly program?: Program;
  /** Whether the program was started with loop-watch.js. */
  readonly watched?: boolean;
  readonly connections: readonly Connection[];
  /** Makes the next request, and says what its answer must contain. */
  readonly next: () => Request;
  /** Begins what goes on beside the calls; its result ends it. */
  readonly beside?: () => Promise<() => Promise<void>>;
}

/** A request, and a part of the answer that belongs to it alone. */
export interface Request {
  body: string;
  expected: string;
}

/** What one measurement found. Times in milliseconds; NaN: not measured. */
export interface Measured {
  calls: number;
  /** Calls per second. */
  rate: number;
  p50: number;
  p99: number;
  /** CPU of the program per call, all threads together (microseconds). */
  cpu: number;
  /** The share of one core that the program used. */
  busy: number;
  /** The longest that its event loop was blocked. */
  block: number;
}

/** Opens `count` connections, each with a session. */
export async function openConnections({ port, path, headers }: Access, count: number): Promise<Connection[]> {
  const connections = Array.from({ length: count }, () => createConnection(port, path, headers));
  for (const connection of connections) await beginSession(connection);
  return connections;
}

let seed = 0;

/** A call with some 300 bytes of arguments, none like another; `more` arguments join them. */
export function nextCall(kind: CallKind, more: object = {}): Request {
  seed += 1;
  const prompt = `A paper boat sails through a puddle in golden light, film grain, handheld, seen from above, take ${seed}. `;
  const params = {
    name: kind === 'spend' ? 'luma_generate_video' : 'luma_get_task',
    arguments: {
      prompt: prompt.padEnd(200, 'and so on '),
      aspect_ratio: '16:9',
      seed,
      loop: true,
      tags: ['one', 'two', 'three'],
      ...(kind === 'stream' && { events: 3 }),
      ...more,
    },
  };
  return {
    body: JSON.stringify({ jsonrpc: '2.0', id: seed, method: 'tools/call', params }),
    // Quotes inside a JSON text inside a JSON text.
    expected: `task-${seed}\\"`,
  };
}

/**
 * Calls on all of `connections` for `span` ms, one call after the other on each. Rejects when an answer is not what was
 * asked for.
 */
export async function measure(
  target: Target,
  span: number,
  connections: readonly Connection[] = target.connections,
): Promise<Measured> {
  const { program, next } = target;
  const end = await target.beside?.();
  if (target.watched) await longestBlock(program);
  const times: number[] = [];
  const cpuBefore = program ? cpuTime(program.pid) : Number.NaN;
  const started = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      do {
        const { body, expected } = next();
        const asked = performance.now();
        const answer = await connection.send(body);
        times.push(performance.now() - asked);
        check(target.name, answer, expected);
      } while (performance.now() - started < span);
    }),
  );
  const wall = performance.now() - started;
  const cpu = program ? cpuTime(program.pid) - cpuBefore : Number.NaN;
  const block = target.watched ? await longestBlock(program) : Number.NaN;
  await end?.();
  return {
    calls: times.length,
    rate: (times.length * 1000) / wall,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpu: (cpu * 1000) / times.length,
    busy: cpu / wall,
    block,
  };
}

function check(name: string, { status, body }: Answer, expected: string): void {
  if (status === 200 && body.includes(expected)) return;
  throw new Error(`${name}: ${status} ${body.toString().slice(0, 500)}`);
}

/** How long the event loop was blocked at most since this was asked last (ms). */
async function longestBlock(program: Program | undefined): Promise<number> {
  const said = program?.says('longest block: ');
  program?.signal('SIGUSR2');
  return Number.parseFloat((await said)?.slice('longest block: '.length) ?? 'NaN');
}
