/** The bench's programs, over real processes and as short as they can be: that they work, not what they measure. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { NAMES } from '../../bench/parts/results.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { PATIENCE } from '../../support/wait.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const document = join(root, 'docs/performance.md');

/** Runs one of them to its end. */
async function run(program: string, args: string[]): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [join(root, 'test/bench', program), '--span', '50', ...args], {
    // Whatever this machine has of them, this run has none.
    env: { ...process.env, PEERS: '/nowhere', INTERCEPT: undefined },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const [code] = await once(child, 'close');
  return { code, said };
}

/** What stands outside the markers, which a run must leave alone. */
function written(text: string): string {
  return text.replaceAll(/<!-- (\w+) -->[\s\S]*?<!-- \/\1 -->/g, '<!-- $1 -->');
}

// A dozen processes in turn, each with what it needs to get ready.
describe('the bench', { timeout: 5 * PATIENCE }, () => {
  const folder = folderOfSuite();

  test('measures everybody who is there, and writes the document and its picture', async () => {
    copyFileSync(document, join(folder(), 'performance.md'));
    const { code, said } = await run('bench.ts', [
      ...['--rounds', '1', '--rows', '300', '--calls', '100', '--write', '--docs', folder()],
    ]);
    expect(said).toContain('Memory...');
    expect(code, said).toBe(0);
    const text = readFileSync(join(folder(), 'performance.md'), 'utf8');
    const absent: string[] = [NAMES.intercept, NAMES.mcpProxy, NAMES.supergateway];
    for (const name of Object.values(NAMES)) {
      if (absent.includes(name)) expect(text).toContain(`Left out: ${name}: `);
      else expect(text).toMatch(new RegExp(`^\\| ${name} \\| [1-9]`, 'm'));
    }
    expect(text).toMatch(/^\| calls\/s \/ bare \| at least 0.8 \| \d/m);
    expect(text).toMatch(/^\| calls\/s \/ Intercept \| at least 2 \| not measured/m);
    expect(written(text)).toBe(written(readFileSync(document, 'utf8')));
    expect(readFileSync(join(folder(), 'pictures/performance.svg'), 'utf8')).toContain('>Greenlight</text>');
  });

  test('says what grows, and writes it too', async () => {
    copyFileSync(document, join(folder(), 'performance.md'));
    const { code, said } = await run('growth.ts', [
      ...['--rounds', '1', '--only', 'events of an answer', '--write', '--docs', folder()],
    ]);
    expect(code, said).toBe(0);
    expect(readFileSync(join(folder(), 'performance.md'), 'utf8')).toMatch(
      /^\| events of an answer \| 1 · 10 · 100 · 1,000 \| \d/m,
    );
  });

  test.each([
    ['greenlight', /% {2}sqlite$/m, /% {2}main\/\w+\/[\w-]+\.ts$/m],
    ['start', /% {2}loading modules$/m, /% {2}node_modules\/zod\/\S+$/m],
  ])('says where the CPU goes: %s', async (word, category, file) => {
    const { code, said } = await run('bench.ts', ['--profile', word]);
    expect(code, said).toBe(0);
    expect(said).toMatch(category);
    expect(said).toMatch(file);
  });

  test('refuses what it does not understand, and says what it does', async () => {
    const { code, said } = await run('bench.ts', ['--rounds', 'many']);
    expect(code).toBe(1);
    expect(said).toContain('--rounds takes a whole number');
    expect(said).toContain('--profile NAME');
  });
});
