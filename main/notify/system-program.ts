import { realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** The sticky bit: in such a folder nobody replaces what is another's. */
const STICKY = 0o1000;

/**
 * Where the program `name` is in `path` (as in the environment), if only the administrator can replace it: it speaks
 * for the person, and whoever runs as the person could put one of their own into `~/.local/bin`. `own`: there is
 * one, but others can replace it. For systems with owners and modes of files.
 */
export function systemProgram(name: string, path = ''): { program?: string; own?: string } {
  let own: string | undefined;
  for (const folder of path.split(delimiter).filter(Boolean)) {
    try {
      const program = realpathSync(join(folder, name));
      if (!statSync(program).isFile()) continue;
      if (isTheSystems(program)) return { program };
      own ??= join(folder, name);
    } catch {
      // It is not there.
    }
  }
  return own === undefined ? {} : { own };
}

function isTheSystems(path: string): boolean {
  const { uid, mode } = statSync(path);
  const closed = (mode & 0o022) === 0 || (mode & STICKY) !== 0;
  return uid === 0 && closed && (path === dirname(path) || isTheSystems(dirname(path)));
}
