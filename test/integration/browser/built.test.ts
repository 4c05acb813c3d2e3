/** The browser host as it is built for `npm start`. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { skipUnless } from '../../support/skip.ts';

const BUILT = process.env.GREENLIGHT_HOST_UNDER_TEST;

/** A copy of the built host where it finds the packages that stay outside. */
function copyHost(built: string): string {
  const folder = mkdtempSync(join(dirname(dirname(built)), 'copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(dirname(built), folder, { recursive: true });
  rmSync(join(folder, 'compiled'), { recursive: true, force: true });
  return folder;
}

function help(folder: string): string {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const { stdout } = spawnSync(process.execPath, [join(folder, 'index.js'), '--help'], {
    env,
    encoding: 'utf8',
  });
  return stdout;
}

test(
  'what Node compiled is kept beside the code; where it cannot be, the host starts all the same',
  skipUnless(BUILT !== undefined, 'the host is not built'),
  () => {
    const folder = copyHost(BUILT ?? '');
    const compiled = join(folder, 'compiled');
    expect(help(folder)).toContain('--home');
    expect(readdirSync(compiled, { recursive: true }).length).toBeGreaterThan(5);
    rmSync(compiled, { recursive: true });
    writeFileSync(compiled, 'no folder');
    expect(help(folder)).toContain('--home');
    expect(existsSync(join(compiled, 'anything'))).toBe(false);
  },
);
