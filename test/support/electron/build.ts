import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'electron-vite';
import packageJson from '../../../package.json' with { type: 'json' };

/** The folder of the project. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The desktop host, built as `npm run build` does from the sources as they are: a folder that looks as the project
 * does to Electron. The first of a run that asks builds it, for everybody: nobody writes there. It is below the
 * project, so that the bundle finds the packages that stay outside of it, and goes with the run (built-host.ts).
 */
export async function builtDesktop(): Promise<string> {
  const application = process.env.GREENLIGHT_DESKTOP_UNDER_TEST;
  if (application === undefined) throw new Error('The tests of the desktop application need built-host.ts.');
  const outcome = join(application, 'outcome');
  if (isMine(application)) {
    const complaint = await make(application);
    if (complaint !== undefined) rmSync(join(application, 'out'), { recursive: true, force: true });
    writeFileSync(outcome, '');
    if (complaint !== undefined) throw complaint;
  } else {
    // Whoever waits has a time limit for all that it prepares.
    while (!existsSync(outcome)) await sleep(25);
    if (!existsSync(join(application, 'out')))
      throw new Error('Another test failed to build the application.');
  }
  return application;
}

/** Whether the folder was not there. */
function isMine(application: string): boolean {
  try {
    mkdirSync(application);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function make(application: string): Promise<Error | undefined> {
  try {
    symlinkSync(join(repository, 'build'), join(application, 'build'));
    const { name, productName, version, type, main } = packageJson;
    writeFileSync(
      join(application, 'package.json'),
      JSON.stringify({ name, productName, version, type, main }),
    );
    await build({
      root: repository,
      configFile: join(repository, 'electron.vite.config.ts'),
      logLevel: 'error',
      build: { outDir: join(application, 'out') },
    });
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
