import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTransport } from '../store/use-live.ts';
import { hostNow } from '../text/clock.ts';
import { filterQuery, type LogFilter, type LogQuery, matches } from './filter.ts';
import { LogRows, type LogView } from './log-rows.ts';

export interface Log {
  rows: LogRows;
  view: LogView;
  /** Another one for each list: what was scrolled and focused in one does not carry over to the next. */
  key: string;
  /** What Greenlight is asked for; the same for an export. */
  query: LogQuery;
  /** Whether the answer takes its time; what is shown meanwhile is the list before. */
  searching: boolean;
}

/** How long an answer may take before it is said that one is awaited (ms). */
const UNNOTICED_MS = 150;

/**
 * The part of the log that `filter` names, kept up to date; loaded anew when the filter changes, and after a
 * reconnection. Until an answer is there, the list before it stays.
 */
export function useLog(filter: LogFilter): Log {
  const transport = useTransport();
  const key = JSON.stringify(filter);
  const asked = useMemo(() => {
    const query = filterQuery(JSON.parse(key) as LogFilter, hostNow());
    const rows = new LogRows(
      (place, signal) => transport.call('activity.query', { ...query, ...place }, signal),
      (row) => matches(row, query),
    );
    return { key, query, rows };
  }, [transport, key]);
  const { rows } = asked;

  useEffect(() => {
    const ends = [
      transport.subscribe((event) => {
        if (event.name === 'activity') rows.live(event.data);
        if (event.name === 'changed' && event.data.what === 'activity') rows.crowd();
      }),
      transport.onStatus((status) => {
        if (status === 'online') void rows.load();
      }),
    ];
    void rows.load();
    return () => {
      for (const end of ends) end();
      rows.close();
    };
  }, [transport, rows]);

  const { status } = useSyncExternalStore(rows.subscribe, rows.view);
  const [shown, setShown] = useState(asked);
  const current = status === 'loading' ? shown : asked;
  if (current !== shown) setShown(current);
  const searching = useLate(status === 'loading');
  return { rows: current.rows, view: current.rows.view(), key: current.key, query: asked.query, searching };
}

/** Whether `on` has been so for a while. */
function useLate(on: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!on) return;
    const timer = setTimeout(() => setLate(true), UNNOTICED_MS);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [on]);
  return late;
}
