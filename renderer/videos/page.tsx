import { Clapperboard } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { EmptyState, ErrorState, Loading } from '../design/states.tsx';
import { href, navigate, type PageProps } from '../navigation/route.ts';
import { useLoaded } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { filterPath, readFilter, type VideoFilter } from './filter.ts';
import { Filters } from './filters.tsx';
import { useVideos } from './use-videos.ts';
import { VideoCard } from './video-card.tsx';

/** Charts weigh more than everything else on this page; what was made is seen before them. */
const Charts = lazy(() => import('./charts.tsx'));

/** What was made, and what it cost. */
export default function VideosPage({ path }: PageProps) {
  const filter = readFilter(path);
  const { videos, days, more, loadingMore, loadMore, error, reload } = useVideos(filter);
  const { settings, state } = useLoaded();
  const policy = useMethod('policies.get', { id: state.defaultPolicyId }, { refetchOn: ['policies'] });
  const filtered = Object.keys(filter).some((name) => name !== 'sort');
  const setFilter = (next: VideoFilter) => navigate(href('videos', ...filterPath(next)), { replace: true });
  const anyCall = days?.some(({ calls }) => calls > 0) === true;

  return (
    <Page>
      <PageHeader title="Videos" lead="What your agents had made, and what it cost." />
      {error !== undefined && (
        <ErrorState message={`The videos could not be loaded. ${error}`} onRetry={reload} />
      )}
      {videos === undefined ? (
        error === undefined && <Loading what="the videos" />
      ) : (
        <>
          {anyCall && days !== undefined && (
            <Suspense fallback={<ChartsLoading />}>
              <Charts
                days={days}
                policy={policy.data}
                costUnit={settings.costUnit}
                dayAddress={(day) => href('videos', 'day', day, 'sort', 'dearest')}
              />
            </Suspense>
          )}
          {(videos.length > 0 || filtered) && (
            <Filters filter={filter} costUnit={settings.costUnit} onChange={setFilter} />
          )}
          {videos.length === 0 && filtered ? (
            <EmptyState
              icon={<Clapperboard />}
              title="No video matches"
              action={<Button onClick={() => setFilter({})}>Show all videos</Button>}
            >
              Search for less, or for another day.
            </EmptyState>
          ) : videos.length === 0 ? (
            <EmptyState icon={<Clapperboard />} title="No video yet">
              Once a client has a video made, it stands here with its picture, its prompt and its cost.
            </EmptyState>
          ) : (
            <ul
              aria-label={filter.sort === 'dearest' ? 'Videos, dearest first' : 'Videos, newest first'}
              className="grid grid-cols-[repeat(auto-fill,minmax(min(17rem,100%),1fr))] items-start gap-4"
            >
              {videos.map((video) => (
                <li key={video.taskId}>
                  <VideoCard video={video} costUnit={settings.costUnit} />
                </li>
              ))}
            </ul>
          )}
          {more && (
            <Button className="self-center" off={loadingMore} onClick={loadMore}>
              {loadingMore ? 'Loading…' : 'Show more videos'}
            </Button>
          )}
        </>
      )}
    </Page>
  );
}

/** As high as the charts will be, so that nothing below them moves. */
function ChartsLoading() {
  return (
    <Card title="The last 30 days">
      <div className="flex min-h-64 items-center justify-center">
        <Loading what="the charts" />
      </div>
    </Card>
  );
}
