/** Where the CPU of a process goes: a profile of V8 taken over its inspector, and its summary. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './folders.ts';

interface Node {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number };
  children?: number[];
}

/** As the inspector gives it (`.cpuprofile`). */
export interface Profile {
  nodes: Node[];
  samples: number[];
  timeDeltas: number[];
}

/** Microseconds between two samples. */
export const INTERVAL = 250;

/** Profiles a program that was started with `--inspect` while `load` runs. */
export async function takeProfile(inspector: string, load: () => Promise<unknown>): Promise<Profile> {
  const socket = new WebSocket(inspector);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`${inspector} cannot be reached.`)));
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data));
    waiting.get(id)?.(result);
  });
  let id = 0;
  const ask = (method: string, params = {}) =>
    new Promise<unknown>((resolve) => {
      id += 1;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  await ask('Profiler.enable');
  await ask('Profiler.setSamplingInterval', { interval: INTERVAL });
  await ask('Profiler.start');
  await load();
  const { profile } = (await ask('Profiler.stop')) as { profile: Profile };
  socket.close();
  return profile;
}

/** Where the inspector on `port` of 127.0.0.1 is reached. */
export async function inspectorAt(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
  return target?.webSocketDebuggerUrl ?? '';
}

/** A function, a file or a category, and how much of the time it had for itself (of 1, without idle time). */
interface Share {
  name: string;
  share: number;
}

/** Shares of self time, largest first. */
export interface Summary {
  categories: Share[];
  functions: Share[];
  files: Share[];
}

/** Adds a profile up. `findMap`: the source map of a built file. */
export function summarise(profile: Profile, findMap: (path: string) => SourceMap | undefined): Summary {
  const places = new Map<number, Place>();
  const parents = new Map<number, Node>();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node);
  const placeOf = (node: Node): Place => {
    const known = places.get(node.id) ?? locate(node.callFrame, findMap);
    places.set(node.id, known);
    return known;
  };
  // What has no category of its own (streams, timers, native code) belongs to whoever called it.
  const categoryOf = (node: Node | undefined): string =>
    node === undefined ? 'other' : (categorise(placeOf(node)) ?? categoryOf(parents.get(node.id)));

  // Native code is told apart by who calls it: that is where something can be done about it.
  const describe = (node: Node): string => {
    const { name, file } = placeOf(node);
    if (file !== '') return `${name} (${file})`;
    const parent = parents.get(node.id);
    return parent === undefined || name.startsWith('(') ? name : `${name}, by ${describe(parent)}`;
  };

  const sums = {
    categories: new Map<string, number>(),
    functions: new Map<string, number>(),
    files: new Map<string, number>(),
  };
  const add = (to: Map<string, number>, name: string, time: number) =>
    to.set(name, (to.get(name) ?? 0) + time);
  let total = 0;
  for (const [at, id] of profile.samples.entries()) {
    const node = nodes.get(id) as Node;
    const time = profile.timeDeltas[at] ?? 0;
    const { name, file } = placeOf(node);
    if (name === '(idle)') continue;
    total += time;
    add(sums.categories, categoryOf(node), time);
    add(sums.functions, describe(node), time);
    add(sums.files, file === '' ? '(native)' : file, time);
  }
  const shares = (of: Map<string, number>) =>
    [...of].map(([name, time]) => ({ name, share: time / total })).sort((a, b) => b.share - a.share);
  return {
    categories: shares(sums.categories),
    functions: shares(sums.functions),
    files: shares(sums.files),
  };
}

interface Place {
  name: string;
  /** Of the project, from its root; of Node, `node:...`; empty: native code. */
  file: string;
}

function locate(frame: Node['callFrame'], findMap: (path: string) => SourceMap | undefined): Place {
  const name = frame.functionName || '(anonymous)';
  if (!frame.url.startsWith('file:')) return { name, file: frame.url };
  const path = fileURLToPath(frame.url);
  const entry = findMap(path)?.findEntry(frame.lineNumber, frame.columnNumber);
  const source = entry && 'originalSource' in entry ? entry.originalSource : undefined;
  if (source === undefined) return { name, file: relative(ROOT, path) };
  return { name, file: relative(ROOT, resolve(dirname(path), source)) };
}

const SQLITE = new Set(['run', 'get', 'all', 'iterate', 'exec', 'prepare']);
const CRYPTO = new Set(['oneShotDigest', 'Hash', 'Hmac', 'hash', 'digest', 'update', 'getCachedHash']);

const BY_FILE: readonly (readonly [RegExp, string])[] = [
  [/node_modules\/undici\/|^node:_http_(client|agent)/, 'http out'],
  [/^node:internal\/deps\/undici|^node:internal\/webstreams/, 'Request, Response and web streams'],
  [/^node:internal\/(modules|bootstrap)/, 'loading modules'],
  [/^node:_http_(server|incoming|outgoing|common)|^node:internal\/http/, 'http in'],
  [/^node:internal\/(crypto)/, 'crypto'],
  [/node_modules\/(@noble)\/|^shared\/digest|^main\/database\/hmac/, 'crypto'],
  [/node_modules\/(@cfworker|ajv|zod)\//, 'schemas'],
  [/node_modules\/re2js\//, 'regular expressions'],
  [/node_modules\/(hono|@hono)\/|^main\/(api|browser)\//, 'window'],
  [/node_modules\/@modelcontextprotocol\//, "MCP's SDK"],
  [/^node:sqlite|^main\/database\/database/, 'sqlite'],
  [/^main\/database\/seal/, 'seal'],
  [/^main\/ledger\//, 'ledger'],
  [/^main\/gate\//, 'gate'],
  [/^main\/proxy\//, 'proxy'],
  [/^main\/upstream\//, 'upstream'],
  [/^main\/policies\/|^shared\/policy\//, 'policy'],
  [/^main\/base\/exact-json/, 'json'],
  [/^node:child_process|^node:internal\/child_process/, 'stdio'],
];

/** What a function's own time is spent on; undefined where its caller knows better. */
function categorise({ name, file }: Place): string | undefined {
  if (name === '(garbage collector)') return 'garbage collector';
  if (name === '(program)') return 'native (program)';
  if (file === '') {
    if (SQLITE.has(name)) return 'sqlite';
    if (name === 'parse' || name === 'stringify') return 'json';
    if (CRYPTO.has(name)) return 'crypto';
    return undefined;
  }
  return BY_FILE.find(([pattern]) => pattern.test(file))?.[1];
}

/** Source maps that lie beside built files, each read once. */
export function createMapFinder(): (path: string) => SourceMap | undefined {
  const maps = new Map<string, SourceMap | undefined>();
  return (path) => {
    if (!maps.has(path)) maps.set(path, readMap(`${path}.map`));
    return maps.get(path);
  };
}

function readMap(path: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** A summary as text. */
export function showSummary({ categories, functions, files }: Summary): string {
  const table = (title: string, shares: Share[], most: number) =>
    [
      title,
      ...shares.slice(0, most).map(({ name, share }) => `${(share * 100).toFixed(1).padStart(6)} %  ${name}`),
    ].join('\n');
  return [
    table('By category', categories, 40),
    table('By file', files, 25),
    table('By function', functions, 40),
  ].join('\n\n');
}
