import { statSync } from 'node:fs';

/** Whether files have modes here: Windows has none. */
export const POSIX = process.platform !== 'win32';

/** Who may do what with `file`: `0o600` is its owner alone. */
export const modeOf = (file: string): number => statSync(file).mode & 0o777;
