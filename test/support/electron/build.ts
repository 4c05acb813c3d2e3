import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'electron-vite';

/** The folder of the project. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Builds the desktop host as `npm run build` does, into a folder of its own; returns that folder,
 * which looks as the project does to Electron. It is below the project, so that the bundle finds the packages
 * that stay outside of it. The caller removes it.
 */
export async function buildDesktop(name: string): Promise<string> {
  const application = join(repository, 'out', `${name}-${process.pid}`);
  rmSync(application, { recursive: true, force: true });
  mkdirSync(application, { recursive: true });
  symlinkSync(join(repository, 'build'), join(application, 'build'));
  await build({
    root: repository,
    configFile: join(repository, 'electron.vite.config.ts'),
    logLevel: 'error',
    build: { outDir: join(application, 'out') },
  });
  return application;
}
