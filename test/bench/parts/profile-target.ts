import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { freePort, greenlight } from './contenders.ts';
import { writePart } from './document.ts';
import { CACHE, ROOT } from './folders.ts';
import { CONNECTIONS } from './lineup.ts';
import { type CallKind, measure, nextCall, openConnections } from './measure.ts';
import type { Options } from './options.ts';
import {
  createMapFinder,
  INTERVAL,
  inspectorAt,
  type Profile,
  showSummary,
  summarise,
  takeProfile,
} from './profile.ts';
import { cpuTime } from './program.ts';
import { NAMES } from './results.ts';
import { profileTable } from './tables.ts';
import { httpSettings, startHttpUpstream, stdioSettings } from './upstreams.ts';

/** What can be profiled under load, by the word that `--profile` takes; `start` is another. */
const LOADS: Record<string, { kind: CallKind; rows?: true; stdio?: true }> = {
  greenlight: { kind: 'read' },
  spend: { kind: 'spend' },
  stream: { kind: 'stream' },
  stdio: { kind: 'read', stdio: true },
  rows: { kind: 'read', rows: true },
};

/** How long the load goes on before the profile, and how long the profile takes, in spans of a measurement. */
const WARM = 60;
const TAKEN = 20;

type Contender = ReturnType<typeof greenlight>;

/**
 * Profiles Greenlight's main thread in the middle of a load, or its start, and prints where the time went: its own time
 * by category, file and function. The host is built with source maps, so that the files are those of the sources.
 */
export async function profileTarget(word: string, options: Options, folder: string): Promise<void> {
  const load = Object.hasOwn(LOADS, word) ? LOADS[word] : undefined;
  if (load === undefined && word !== 'start')
    throw new Error(`--profile takes one of ${Object.keys(LOADS).join(', ')}, start.`);
  const outDir = join(ROOT, 'out/profiled');
  await build({
    configFile: join(ROOT, 'vite.browser.config.ts'),
    logLevel: 'warn',
    build: { sourcemap: true, outDir },
  });
  const built = join(outDir, 'index.js');
  const upstream = await startHttpUpstream();
  const contender = greenlight(
    NAMES.greenlight,
    folder,
    load?.stdio ? stdioSettings() : httpSettings(upstream.port),
    { rows: load?.rows ? options.rows : 0 },
  );
  const profile = load
    ? await profileLoad(contender, built, load.kind, options.span)
    : await profileStart(contender, built, join(folder, 'profiles'));
  await upstream.stop();

  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, `${word}.cpuprofile`);
  writeFileSync(path, JSON.stringify(profile));
  const summary = summarise(profile, createMapFinder());
  console.log(showSummary(summary));
  console.log(`\nThe whole profile, for the developer tools of a browser: ${path}`);
  if (options.write) writePart(`profile ${word}`, profileTable(summary), options.docs);
}

async function profileLoad(
  contender: Contender,
  built: string,
  kind: CallKind,
  span: number,
): Promise<Profile> {
  const inspector = await freePort();
  const { program, access } = await contender.start([`--inspect=127.0.0.1:${inspector}`], built);
  const connections = await openConnections(access, CONNECTIONS);
  const target = { name: contender.name, program, connections, next: () => nextCall(kind) };
  await measure(target, WARM * span);
  const before = cpuTime(program.pid);
  let calls = 0;
  const profile = await takeProfile(await inspectorAt(inspector), async () => {
    ({ calls } = await measure(target, TAKEN * span));
  });
  const each = ((cpuTime(program.pid) - before) * 1000) / calls;
  console.log(
    `${calls} calls, ${each.toFixed(0)} µs of CPU each (all threads, with what profiling costs); below, own time of the main thread.\n`,
  );
  await program.stop();
  return profile;
}

/** From the start of the process to its end, which follows as soon as it listens. */
async function profileStart(contender: Contender, built: string, profiles: string): Promise<Profile> {
  // The first start makes the home.
  await (await contender.start([], built)).program.stop();
  const { program, start } = await contender.start(
    ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-interval=${INTERVAL}`],
    built,
  );
  await program.stop();
  console.log(
    `${start.cpu.toFixed(0)} ms of CPU until it listened (with what profiling costs); below, own time of the main thread.\n`,
  );
  const [name = ''] = readdirSync(profiles);
  return JSON.parse(readFileSync(join(profiles, name), 'utf8')) as Profile;
}
