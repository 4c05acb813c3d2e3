/** Takes the lock named on the command line, says so, and holds it until it is killed. */
import { lockDataDirectory } from '../../../main/database/lock.ts';

try {
  lockDataDirectory(process.argv[2] ?? '');
  process.stdout.write('held\n');
  setInterval(() => {}, 60_000);
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
