import { randomUUID } from 'node:crypto';

/** A UUID of version 7 (RFC 9562): those of a later time (ms) sort after, so that an index of them grows at its end. */
export function timeId(at: number): string {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
