import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the browser host, and the command line, from the sources as they are, once for a run of the tests and again when a watched run
 * begins anew: it starts in half the time that it takes from its sources, and tests start hundreds of them. Where
 * they are stands in `GREENLIGHT_HOST_UNDER_TEST` and `GREENLIGHT_CLI_UNDER_TEST`; without that, `startBrowserHost` starts the sources.
 */
export default async function setup(project: TestProject): Promise<(() => void) | undefined> {
  // Of several projects the first one builds.
  if (process.env.GREENLIGHT_HOST_UNDER_TEST !== undefined) return undefined;
  // Two below the project, as the real one: from there it finds the window and the packages that stay outside.
  const outDir = join(root, 'out', `host-under-test-${process.pid}`);
  const program = join(outDir, 'index.js');
  const cli = join(root, 'out', `cli-under-test-${process.pid}`);
  const make = async () => {
    await build({
      root,
      configFile: join(root, 'vite.browser.config.ts'),
      build: { outDir },
      logLevel: 'warn',
    });
    await build({
      root,
      configFile: join(root, 'vite.cli.config.ts'),
      build: { outDir: cli },
      logLevel: 'warn',
    });
    // What Node makes of it is kept beside it from its first orderly end on.
    const { status, stderr } = spawnSync(process.execPath, [program, '--help'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`The built browser host does not run.\n${stderr}`);
  };
  // Built by the first test that asks (electron/build.ts): most runs have none.
  const desktop = join(root, 'out', `desktop-under-test-${process.pid}`);
  const remove = (folder: string) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  await make();
  process.env.GREENLIGHT_HOST_UNDER_TEST = program;
  process.env.GREENLIGHT_CLI_UNDER_TEST = join(cli, 'index.mjs');
  process.env.GREENLIGHT_DESKTOP_UNDER_TEST = desktop;
  project.onTestsRerun(async () => {
    remove(desktop);
    await make();
  });
  return () => {
    delete process.env.GREENLIGHT_HOST_UNDER_TEST;
    delete process.env.GREENLIGHT_CLI_UNDER_TEST;
    delete process.env.GREENLIGHT_DESKTOP_UNDER_TEST;
    remove(outDir);
    remove(cli);
    remove(desktop);
  };
}
