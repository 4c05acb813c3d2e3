/** The hash chain of the log: each link seals a row as it was written then, and is bound to the link before. */
import { hash } from 'node:crypto';
import { type ActivityRecord, sealedValues } from './activity-row.ts';

/** The hash of the chain before its first link. */
export const GENESIS = '0'.repeat(64);

/** `content` is the hash of the whole row as it was written then; `hash` binds it to the link before. */
export interface Link {
  link: number;
  seq: number;
  content: string;
  hash: string;
}

/** The hash of a row as it is. */
export function contentHash(record: ActivityRecord): string {
  return hash('sha256', JSON.stringify(sealedValues(record)));
}

/** The hash of the link that seals row `seq` after the link whose hash is `previous`. */
export function linkHash(previous: string, seq: number, content: string): string {
  return hash('sha256', `${previous} ${seq} ${content}`);
}
