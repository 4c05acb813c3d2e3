import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Milliseconds that fetching Electron's runtime may take. */
const FETCH_LIMIT = 10 * 60_000;

/**
 * Why the desktop host cannot run here, as a sentence; `undefined` when it can. Fetches Electron's runtime
 * where it is missing.
 */
export function whyNotDesktop(): string | undefined {
  const { platform, env } = process;
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) {
    return 'there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set).';
  }
  const electron = dirname(createRequire(import.meta.url).resolve('electron'));
  if (env.ELECTRON_OVERRIDE_DIST_PATH || existsSync(join(electron, 'path.txt'))) return undefined;
  process.stderr.write("Fetching Electron's runtime, once (about 120 MB)...\n");
  const fetched = spawnSync(process.execPath, [join(electron, 'install.js')], {
    timeout: FETCH_LIMIT,
    encoding: 'utf8',
  });
  if (fetched.status === 0 && existsSync(join(electron, 'path.txt'))) return undefined;
  const why =
    /\b(E[A-Z]{4,}|HTTPError[^\n]*|RequestError[^\n]*)/.exec(fetched.stderr ?? '')?.[0] ?? 'no answer';
  return `Electron's runtime is not installed and could not be fetched (${why}). With a connection to the internet, "npx install-electron" fetches it.`;
}
