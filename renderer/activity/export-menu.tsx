import { Download } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../design/button.tsx';
import { Menu, MenuItem } from '../design/menu.tsx';
import { saveFile } from '../design/save-file.ts';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useTransport } from '../store/use-live.ts';
import { errorWords } from '../text/error-words.ts';
import { type ExportFormat, exportLog } from './export-log.ts';
import type { LogQuery } from './filter.ts';
import { callsWords } from './words.ts';

/** An export that is under way, or failed. */
export interface Exporting {
  start: (format: ExportFormat) => void;
  cancel: () => void;
  /** Rows so far; undefined when none is under way. */
  rows: number | undefined;
  error: string | undefined;
}

/** Exports what `query` names as a file that the browser saves. */
export function useExport(query: LogQuery): Exporting {
  const transport = useTransport();
  const toast = useToast();
  const [rows, setRows] = useState<number>();
  const [error, setError] = useState<string>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  async function run(format: ExportFormat): Promise<void> {
    const controller = new AbortController();
    running.current = controller;
    setError(undefined);
    setRows(0);
    try {
      const file = await exportLog(transport, query, format, {
        signal: controller.signal,
        onProgress: setRows,
      });
      saveFile(file.filename, file.content);
      toast({ text: `Saved ${file.filename}: ${callsWords(file.rows)}.` });
    } catch (failed) {
      if (!controller.signal.aborted) setError(`The log was not exported. ${errorWords(failed)}`);
    } finally {
      setRows(undefined);
    }
  }

  return { start: (format) => void run(format), cancel: () => running.current?.abort(), rows, error };
}

/** Offers the formats. */
export function ExportMenu({ exporting, off }: { exporting: Exporting; off: boolean }) {
  const busy = off || exporting.rows !== undefined;
  return (
    <Menu
      align="end"
      trigger={
        <Button icon={<Download />} off={busy}>
          Export
        </Button>
      }
    >
      <MenuItem off={busy} onSelect={() => exporting.start('csv')}>
        CSV, for a spreadsheet
      </MenuItem>
      <MenuItem off={busy} onSelect={() => exporting.start('jsonl')}>
        JSON Lines, for a program
      </MenuItem>
    </Menu>
  );
}

/** How far the export is, with a way to stop it; or why it failed. */
export function ExportProgress({
  exporting: { rows, error, cancel },
  total,
}: {
  exporting: Exporting;
  /** Undefined where they were not counted to the end. */
  total: number | undefined;
}) {
  if (error !== undefined) return <ErrorState message={error} />;
  if (rows === undefined) return null;
  return (
    <div className="flex items-center gap-3 rounded-xl border border-line bg-surface px-4 py-2">
      <progress
        {...(total !== undefined && { value: rows, max: Math.max(total, rows, 1) })}
        aria-label="Export"
        className="h-2 min-w-0 flex-1 accent-accent"
      />
      <p className="text-[13px] text-muted tabular-nums">
        {total === undefined
          ? callsWords(rows)
          : `${rows.toLocaleString('en')} of ${callsWords(Math.max(total, rows))}`}
      </p>
      <Button size="small" onClick={cancel}>
        Cancel
      </Button>
    </div>
  );
}
