import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { useTransport } from '../store/use-live.ts';
import { filterQuery, type LogFilter, type LogQuery, matches } from './filter.ts';
import { LogRows, type LogView } from './log-rows.ts';

export interface Log {
  rows: LogRows;
  view: LogView;
  /** What Greenlight is asked for; the same for an export. */
  query: LogQuery;
}

/** The part of the log that `filter` names, kept up to date; loaded anew when the filter changes, and after a reconnection. */
export function useLog(filter: LogFilter): Log {
  const transport = useTransport();
  const key = JSON.stringify(filter);
  const { rows, query } = useMemo(() => {
    const asked = filterQuery(JSON.parse(key) as LogFilter, Date.now());
    return {
      query: asked,
      rows: new LogRows(
        (place) => transport.call('activity.query', { ...asked, ...place }),
        (row) => matches(row, asked),
      ),
    };
  }, [transport, key]);

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

  const view = useSyncExternalStore(rows.subscribe, rows.view);
  return { rows, view, query };
}
