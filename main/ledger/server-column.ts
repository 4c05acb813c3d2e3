/** Which server a row is of, in a column: null is `luma`, as it was before there were others. */
import { LUMA } from '../../shared/server-id.ts';

export function serverColumn(server: string): string | null {
  return server === LUMA ? null : server;
}

export function serverOfColumn(value: unknown): string {
  return typeof value === 'string' ? value : LUMA;
}
