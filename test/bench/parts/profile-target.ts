import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { freePort, greenlight } from './contenders.ts';
import { CACHE, ROOT } from './folders.ts';
import { CONNECTIONS } from './lineup.ts';
import { measure, nextCall, openConnections } from './measure.ts';
import type { Options } from './options.ts';
import { createMapFinder, inspectorAt, showSummary, summarise, takeProfile } from './profile.ts';
import { cpuTime } from './program.ts';
import { NAMES } from './results.ts';
import { httpSettings, startHttpUpstream, stdioSettings } from './upstreams.ts';

/** What can be profiled, by the word that `--profile` takes. */
const PROFILED = {
  greenlight: { kind: 'read', rows: false, stdio: false },
  spend: { kind: 'spend', rows: false, stdio: false },
  stream: { kind: 'stream', rows: false, stdio: false },
  stdio: { kind: 'read', rows: false, stdio: true },
  rows: { kind: 'read', rows: true, stdio: false },
} as const;

/** How long the load goes on before the profile, and how long the profile takes, in spans of a measurement. */
const WARM = 4;
const TAKEN = 6;

/**
 * Profiles Greenlight's main thread in the middle of a load, and prints where the time went: its own time by category,
 * file and function. The host is built with source maps, so that the files are those of the sources.
 */
export async function profileTarget(word: string, options: Options, folder: string): Promise<void> {
  if (!Object.hasOwn(PROFILED, word))
    throw new Error(`--profile takes one of ${Object.keys(PROFILED).join(', ')}.`);
  const { kind, rows, stdio } = PROFILED[word as keyof typeof PROFILED];
  await build({
    configFile: join(ROOT, 'vite.browser.config.ts'),
    logLevel: 'warn',
    build: { sourcemap: true, outDir: join(ROOT, 'out/profiled') },
  });
  const upstream = await startHttpUpstream();
  const inspector = await freePort();
  const proxy = greenlight(NAMES.greenlight, folder, stdio ? stdioSettings() : httpSettings(upstream.port), {
    rows: rows ? options.rows : 0,
  });
  const { program, access } = await proxy.start(
    [`--inspect=127.0.0.1:${inspector}`],
    join(ROOT, 'out/profiled/index.js'),
  );
  const connections = await openConnections(access, CONNECTIONS);
  const target = { name: word, program, connections, next: () => nextCall(kind) };
  await measure(target, WARM * options.span);
  const before = cpuTime(program.pid);
  let calls = 0;
  const profile = await takeProfile(await inspectorAt(inspector), async () => {
    ({ calls } = await measure(target, TAKEN * options.span));
  });
  const cpu = cpuTime(program.pid) - before;

  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, `${word}.cpuprofile`);
  writeFileSync(path, JSON.stringify(profile));
  const summary = summarise(profile, createMapFinder());
  console.log(
    `${calls} calls, ${((cpu * 1000) / calls).toFixed(0)} µs of CPU each (all threads); below, own time of the main thread.\n`,
  );
  console.log(showSummary(summary));
  console.log(`\nThe whole profile, for the developer tools of a browser: ${path}`);
  await program.stop();
  await upstream.stop();
}
