import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

/** What is built from, and what shows that it was. */
const SOURCES = ['renderer/**/*', 'shared/**/*', 'main/**/*', '*.config.ts', 'package-lock.json'];
const BUILT = {
  browser: ['out/renderer/index.html', 'out/browser/index.js'],
  desktop: ['out/renderer/index.html', 'out/main/index.js'],
};

/** Builds what the host needs from the sources in `root`, unless that was done since they last changed. */
export async function buildIfStale(root: string, host: 'browser' | 'desktop'): Promise<void> {
  const oldest = Math.min(...BUILT[host].map((file) => modified(join(root, file))));
  const newest = Math.max(...globSync(SOURCES, { cwd: root }).map((file) => modified(join(root, file))));
  if (oldest > newest) return;
  process.stderr.write('Building Greenlight...\n');
  if (host === 'desktop') {
    const electronVite = await import('electron-vite');
    await electronVite.build({ root, logLevel: 'warn' });
    return;
  }
  for (const config of ['vite.config.ts', 'vite.browser.config.ts']) {
    await build({ configFile: join(root, config), logLevel: 'warn' });
  }
}

/** When `path` was last changed (ms since the epoch); 0 where there is nothing. */
function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
