/**
 * `npm run bench`: what a call costs through Greenlight, beside a bare reverse proxy and its peers, on the same work in
 * one run, interleaved. Reports ratios: the machine's own speed is not the point. `--profile` says where the CPU goes.
 */
import { installPeers, peerVersions } from './parts/contenders.ts';
import { machine, writePart, writePicture } from './parts/document.ts';
import { makeRunFolder } from './parts/folders.ts';
import { buildHost } from './parts/host.ts';
import { type Options, readOptions } from './parts/options.ts';
import { drawPlot } from './parts/plot.ts';
import { profileTarget } from './parts/profile-target.ts';
import { countsCpu, pinned, pinSelf } from './parts/program.ts';
import type { Results } from './parts/results.ts';
import { runBench, serialSpan } from './parts/run.ts';
import { median } from './parts/statistics.ts';
import { aimsTable, callsTable, processesTable } from './parts/tables.ts';

const options = readOptions(process.argv.slice(2));
const folder = makeRunFolder();
if (!pinned) console.error('Nothing is pinned: there is one core only, or no taskset. Ratios scatter more.');
if (!countsCpu) console.error('CPU is left out: there is no /proc/PID/task/*/schedstat.');
pinSelf();
if (options.profile !== undefined) await profileTarget(options.profile, options, folder);
else await bench(options);
// Connections that are kept would keep it.
process.exit(0);

async function bench(asked: Options): Promise<void> {
  await buildHost();
  if (asked.peers) installPeers();
  const began = performance.now();
  const { results, missing } = await runBench(asked, folder);
  const parts = [
    aimsTable(results),
    callsTable(results),
    processesTable(results),
    conditions(asked, results, missing),
  ];
  console.log(parts.join('\n\n'));
  console.error(`\nThat took ${((performance.now() - began) / 60_000).toFixed(1)} minutes.`);
  if (!asked.write) return;
  for (const [at, part] of ['aims', 'calls', 'processes', 'conditions'].entries())
    writePart(part, parts[at] ?? '', asked.docs);
  writePicture('performance.svg', drawPlot(results), asked.docs);
}

/** How the run was made, in sentences. */
function conditions(asked: Options, results: Results, missing: readonly string[]): string {
  const { rounds, span, rows } = asked;
  const day = new Date().toISOString().slice(0, 10);
  const versions = peerVersions();
  return [
    `Measured on ${day}: ${machine()}.`,
    `${rounds} rounds; ${results.connections} connections for ${span} ms, then one for ${serialSpan(span)} ms. The long log had ${rows.toLocaleString('en')} calls. One flush of the pages that a call changes (12 of 4 KiB) took ${median(results.flushes).toFixed(2)} ms.`,
    ...(versions.length > 0 ? [`Peers: ${versions.join(', ')}.`] : []),
    ...missing.map((reason) => `Left out: ${reason}.`),
  ].join('\n\n');
}
