import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

/** What each host is built from and what shows that it was. */
const INPUTS = {
  browser: ['renderer/**/*', 'shared/**/*', 'vite.config.ts', 'package-lock.json'],
  desktop: [
    'renderer/**/*',
    'shared/**/*',
    'main/**/*',
    'vite.config.ts',
    'electron.vite.config.ts',
    'package-lock.json',
  ],
};
const OUTPUT = { browser: 'out/renderer/index.html', desktop: 'out/main/index.js' };

/** Builds what the host needs from the sources in `root`, unless that was done since they last changed. */
export async function buildIfStale(root: string, host: 'browser' | 'desktop'): Promise<void> {
  const built = modified(join(root, OUTPUT[host]));
  const newest = Math.max(...globSync(INPUTS[host], { cwd: root }).map((file) => modified(join(root, file))));
  if (built > newest) return;
  process.stderr.write('Building the window...\n');
  if (host === 'browser') {
    await build({ root: join(root, 'renderer'), configFile: join(root, 'vite.config.ts'), logLevel: 'warn' });
    return;
  }
  const electronVite = await import('electron-vite');
  await electronVite.build({ root, logLevel: 'warn' });
}

/** When `path` was last changed (ms since the epoch); 0 where there is nothing. */
function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
