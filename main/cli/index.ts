#!/usr/bin/env node
/** The command line, `greenlight`: the bin of the package. */

/** What main/ and its dependencies need. */
const OLDEST_NODE = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(
    `greenlight needs Node ${OLDEST_NODE} or newer, and this is ${process.versions.node}. Run it by "npx greenlight" in its checkout, where one comes along, or install a newer Node.\n`,
  );
  process.exit(2);
}
// Not before: what it loads does not run on an older one. Not awaited: see main/browser/index.ts.
void import('./run.ts').then(({ run }) => run(process.argv.slice(2)));
