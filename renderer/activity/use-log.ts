import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTransport } from '../store/use-live.ts';
import { filterQuery, type LogFilter, type LogQuery, matches } from './filter.ts';
import { LogRows, type LogView } from './log-rows.ts';

export interface Log {
  rows: LogRows;
  view: LogView;
  /** Another one for each list: what was scrolled and focused in one does not carry over to the next. */
  key: string;
  /** What Greenlight is asked for; the same for an export. */
  query: LogQuery;
}

/**
 * The part of the log that `filter` names, kept up to date; loaded anew when the filter changes, and after a
 * reconnection. Until an answer is there, the list before it stays.
 */
export function useLog(filter: LogFilter): Log {
  const transport = useTransport();
  const key = JSON.stringify(filter);
  const asked = useMemo(() => {
    const query = filterQuery(JSON.parse(key) as LogFilter, Date.now());
    const rows = new LogRows(
      (place) => transport.call('activity.query', { ...query, ...place }),
      (row) => matches(row, query),
    );
    return { key, query, rows };
  }, [transport, key]);
  const { rows } = asked;

  useEffect(() => {
    const ends = [
      transport.subscribe((event) => {
        if (event.name === 'activity') rows.live(event.data);
      }),
      transport.onStatus((status) => {
        if (status === 'online') void rows.load();
      }),
    ];
    void rows.load();
    return () => {
      for (const end of ends) end();
    };
  }, [transport, rows]);

  const { status } = useSyncExternalStore(rows.subscribe, rows.view);
  const [shown, setShown] = useState(asked);
  const current = status === 'loading' ? shown : asked;
  if (current !== shown) setShown(current);
  return { rows: current.rows, view: current.rows.view(), key: current.key, query: asked.query };
}
