import { Clapperboard } from 'lucide-react';
import { lazy, Suspense } from 'react';
import type { Result } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { useServers } from '../design/server-name.tsx';
import { EmptyState, ErrorState, Loading } from '../design/states.tsx';
import { href, navigate, type PageProps } from '../navigation/route.ts';
import { useLoaded } from '../store/use-live.ts';
import { useMethod, useMethods } from '../store/use-method.ts';
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
  const { settings } = useLoaded();
  const alone = useServers().length === 0;
  const server = filter.server ?? (alone ? LUMA : undefined);
  const policies = useDefaultPolicies(server);
  const filtered = Object.keys(filter).some((name) => name !== 'sort');
  const setFilter = (next: VideoFilter) => navigate(href('videos', ...filterPath(next)), { replace: true });
  // The charts go by client and server alone.
  const { text: _text, cost: _cost, ...whose } = filter;
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
                server={server}
                policies={policies}
                costUnit={settings.costUnit}
                dayAddress={(day) => href('videos', ...filterPath({ ...whose, day, sort: 'dearest' }))}
              />
            </Suspense>
          )}
          {(videos.length > 0 || filtered || (anyCall && !alone)) && (
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
                <li key={`${video.server} ${video.taskId}`}>
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

/** The default policy of `server`, or of each (`undefined`); none of one that is gone. */
function useDefaultPolicies(server: string | undefined): readonly Result<'policies.get'>[] | undefined {
  const { defaultPolicyId } = useLoaded().state;
  const luma = server === LUMA;
  const { data } = useMethod('servers.list', luma ? undefined : {}, {
    refetchOn: ['servers', 'upstream', 'settings'],
  });
  const ids = luma
    ? [defaultPolicyId]
    : data?.servers.filter(({ id }) => server === undefined || id === server).map(({ policyId }) => policyId);
  return useMethods(
    'policies.get',
    ids?.map((id) => ({ id })),
    { refetchOn: ['policies'] },
  ).data;
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
