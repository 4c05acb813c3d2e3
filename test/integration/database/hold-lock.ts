/** Takes the lock named on the command line, says so, and holds it until it is killed. */
import { lockDataDirectory } from '../../../main/database/lock.ts';

try {
  lockDataDirectory(process.argv[2] ?? '');
  // With --expose-gc: what nobody refers to is collected before anything else happens.
  globalThis.gc?.();
  process.stdout.write('held\n');
  setInterval(() => {}, 60_000);
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
