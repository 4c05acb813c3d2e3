import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Configuration } from 'electron-builder';
import { parse } from 'yaml';
import { repository } from './build.ts';

/** What electron-builder.yml says. */
export const packConfiguration = parse(
  readFileSync(join(repository, 'electron-builder.yml'), 'utf8'),
) as Configuration;

/**
 * Packs what was built in `application` (its folder `out`) into a folder below `to`, as electron-builder.yml says, for
 * one system, and returns that folder. Takes half a minute where the runtime is a whole one.
 *
 * @param given.runtime The folder of Electron's runtime for that system.
 * @param given.changes What the configuration has instead.
 */
export async function pack(given: {
  application: string;
  runtime: string;
  to: string;
  system?: 'linux' | 'win';
  changes?: Configuration;
}): Promise<string> {
  const { application, runtime, to, system = 'linux', changes } = given;
  const files = [packConfiguration.files ?? []]
    .flat()
    .filter((file) => typeof file !== 'string' || !file.startsWith('out/'));
  const configuration: Configuration = {
    ...packConfiguration,
    electronDist: runtime,
    files: [...files, { from: join(application, 'out'), to: 'out' }],
    extraResources: [
      { from: dirname(process.env.GREENLIGHT_CLI_UNDER_TEST ?? 'out/cli/index.mjs'), to: 'cli' },
    ],
    directories: { ...packConfiguration.directories, output: join(to, 'dist') },
    ...changes,
  };
  const path = join(to, 'electron-builder.json');
  writeFileSync(path, JSON.stringify(configuration));
  const child = spawn(
    process.execPath,
    [
      createRequire(import.meta.url).resolve('electron-builder/cli.js'),
      ...[`--${system}`, '--x64', '--dir', '--publish', 'never'],
      ...['--projectDir', repository, '--config', path],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [output, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`electron-builder ended with ${code}.\n${output}\n${complaint}`);
  return join(to, 'dist', `${system}-unpacked`);
}
