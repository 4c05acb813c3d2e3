import { useState } from 'react';
import type { Video } from '../../shared/contract.ts';
import { useMethod } from '../store/use-method.ts';
import type { Day } from './days.ts';
import { filterQuery, type VideoFilter } from './filter.ts';

/** Videos asked for at a time. */
const PAGE = 48;

/** The most that `videos.list` hands out at once. */
const MOST = 500;

export interface ListedVideos {
  /** In their order; undefined until they are known. */
  videos: readonly Video[] | undefined;
  days: readonly Day[] | undefined;
  /** Whether there are older ones. */
  more: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  error: string | undefined;
  reload: () => void;
}

/**
 * The first videos that `filter` names. They are asked for again as one answer whenever one changes: a pending one may be
 * anywhere among them, and hundreds are a few hundred kilobytes at most.
 */
export function useVideos(filter: VideoFilter): ListedVideos {
  const [limit, setLimit] = useState(PAGE);
  const answer = useMethod('videos.list', { ...filterQuery(filter), limit }, { refetchOn: ['videos'] });
  // While another list is on its way, the one before it stays.
  const [kept, setKept] = useState(answer.data);
  if (answer.data !== undefined && answer.data !== kept) setKept(answer.data);
  const data = answer.data ?? kept;
  return {
    videos: data?.videos,
    days: data?.days,
    more: data?.next !== undefined && limit < MOST,
    loadingMore: answer.data === undefined && kept !== undefined,
    loadMore: () => setLimit((old) => Math.min(MOST, old + PAGE)),
    error: answer.error,
    reload: answer.reload,
  };
}
