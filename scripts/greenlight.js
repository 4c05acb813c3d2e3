#!/usr/bin/env node
/**
 * `npx greenlight` in a checkout: the command line as it was built. A file of its own, and JavaScript that any Node runs:
 * npm links it before anything is built.
 */
import { existsSync } from 'node:fs';

const program = new URL('../out/cli/index.mjs', import.meta.url);
if (!existsSync(program)) {
  process.stderr.write('The command line was not built yet. Run "npm run build", then try again.\n');
  process.exit(2);
}
await import(program.href);
