import { Clapperboard } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { EmptyState, ErrorState, Loading } from '../design/states.tsx';
import { useLoaded } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { useVideos } from './use-videos.ts';
import { VideoCard } from './video-card.tsx';

/** Charts weigh more than everything else on this page; what was made is seen before them. */
const Charts = lazy(() => import('./charts.tsx'));

/** What was made, and what it cost. */
export default function VideosPage() {
  const { videos, days, more, loadingMore, loadMore, error, reload } = useVideos();
  const { settings, state } = useLoaded();
  const policy = useMethod('policies.get', { id: state.defaultPolicyId }, { refetchOn: ['policies'] });
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
              <Charts days={days} policy={policy.data} costUnit={settings.costUnit} />
            </Suspense>
          )}
          {videos.length === 0 ? (
            <EmptyState icon={<Clapperboard />} title="No video yet">
              Once a client has a video made, it stands here with its picture, its prompt and its cost.
            </EmptyState>
          ) : (
            <ul
              aria-label="Videos, newest first"
              className="grid grid-cols-[repeat(auto-fill,minmax(17rem,1fr))] items-start gap-4"
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
              {loadingMore ? 'Loading…' : 'Show older videos'}
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
