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
  const why = fetchRuntime(electron, env);
  return why === undefined
    ? undefined
    : `Electron's runtime is not installed and could not be fetched (${why}). With a connection to the internet, "npx install-electron" fetches it.`;
}

/** Loaded into what fetches, which says no more than "fetch failed". */
const SAY_CAUSE = `data:text/javascript,${encodeURIComponent(`
const { fetch } = globalThis;
globalThis.fetch = (...given) => fetch(...given).catch((error) => {
  const { code, message } = error.cause ?? error;
  console.error('cause: ' + (message || code));
  throw error;
});`)}`;

/** Fetches Electron's runtime into `folder`, its package. Returns why that failed. */
export function fetchRuntime(folder: string, env: NodeJS.ProcessEnv): string | undefined {
  const { error, status, stderr } = spawnSync(
    process.execPath,
    ['--import', SAY_CAUSE, join(folder, 'install.js')],
    { timeout: FETCH_LIMIT, encoding: 'utf8', env },
  );
  if (status === 0 && existsSync(join(folder, 'path.txt'))) return undefined;
  if (error && 'code' in error && error.code === 'ETIMEDOUT') return 'it took too long';
  const said = /^cause: (.+)/m.exec(stderr ?? '')?.[1] ?? /^\w*Error.*/m.exec(stderr ?? '')?.[0];
  return said?.slice(0, 200) ?? 'no answer';
}
