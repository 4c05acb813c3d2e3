/**
 * `npm run bench`: what a call costs through Greenlight, beside a bare reverse proxy and its peers, on the same work in
 * one run, interleaved. Reports ratios: the machine's own speed is not the point. `--profile` says where the CPU goes.
 */
import { buildIfStale } from '../../scripts/build-if-stale.ts';
import { makeRunFolder, ROOT } from './parts/folders.ts';
import { readOptions } from './parts/options.ts';
import { profileTarget } from './parts/profile-target.ts';
import { countsCpu, pinned, pinSelf } from './parts/program.ts';
import { runBench } from './parts/run.ts';
import { aimsTable, callsTable, processesTable } from './parts/tables.ts';

const options = readOptions(process.argv.slice(2));
const folder = makeRunFolder();
await buildIfStale(ROOT, 'browser');
pinSelf();
if (!pinned)
  console.error('Nothing is pinned to a core: there is one only, or no taskset. Ratios scatter more.');
if (!countsCpu) console.error('CPU per call is left out: /proc/PID/task/*/schedstat is not there.');
if (options.profile !== undefined) {
  await profileTarget(options.profile, options, folder);
} else {
  const { results, missing } = await runBench(options, folder);
  for (const text of [aimsTable(results), callsTable(results), processesTable(results)])
    console.log(`${text}\n`);
  for (const line of missing) console.log(`Left out: ${line}`);
}
// Connections that are kept would keep it.
process.exit(0);
