import type { Transport } from '../transport/transport.ts';
import type { LogQuery } from './filter.ts';

export type ExportFormat = 'csv' | 'jsonl';

const TYPES = { csv: 'text/csv;charset=utf-8', jsonl: 'application/jsonl' } as const;

/** A file to be saved. */
export interface ExportedLog {
  filename: string;
  content: Blob;
  rows: number;
}

/**
 * Fetches the part of the log that `query` names, piece by piece, as a file. `onProgress` is told after each
 * piece how many rows there are so far. Rejects with `signal.reason` once it is aborted, and with what the
 * transport says when a piece cannot be had.
 */
export async function exportLog(
  transport: Pick<Transport, 'call'>,
  query: LogQuery,
  format: ExportFormat,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (rows: number) => void },
): Promise<ExportedLog> {
  const pieces: Blob[] = [];
  let rows = 0;
  let before: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const piece = await transport.call(
      'activity.export',
      { ...query, format, ...(before !== undefined && { before }) },
      signal,
    );
    // A Blob may be kept on disk by the browser; a string stays in memory.
    pieces.push(new Blob([piece.content]));
    rows += rowsIn(piece.content, format, before === undefined);
    onProgress(rows);
    if (piece.next === undefined) {
      signal.throwIfAborted();
      return { filename: piece.filename, content: new Blob(pieces, { type: TYPES[format] }), rows };
    }
    before = piece.next;
  }
}

/** How many rows a piece has: its line ends outside quotes, without the heading of a CSV file. */
export function rowsIn(content: string, format: ExportFormat, first: boolean): number {
  let lines = 0;
  let quoted = false;
  for (const character of content) {
    if (character === '"') quoted = !quoted;
    else if (character === '\n' && (format === 'jsonl' || !quoted)) lines++;
  }
  return format === 'csv' && first ? lines - 1 : lines;
}
