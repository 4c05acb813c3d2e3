/** `npm run demo` answers what was typed, also before the call is there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

test.for([
  ['a', /"success": true/],
  ['d', /denied/i],
] as const)('an answer %s that a pipe gives at once counts, and the demo ends', async ([typed, got]) => {
  const demo = spawn(process.execPath, ['scripts/demo.ts'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  demo.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  demo.stderr.resume();
  demo.stdin.end(`${typed}\n`);
  const [code] = await once(demo, 'exit');
  expect(code).toBe(0);
  expect(said.split('What the agent got:')[1]).toMatch(got);
});
