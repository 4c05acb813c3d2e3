import { Clapperboard, ScrollText } from 'lucide-react';
import type { Client, PolicySummary, Video } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Card } from '../design/card.tsx';
import { ClientMark } from '../design/client-mark.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useNow } from '../design/use-now.ts';
import { href } from '../navigation/route.ts';
import { useLoaded } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { agoWords } from '../text/time.ts';
import { costWords } from '../text/words.ts';
import { Choices } from './grant-row.tsx';
import { HOLD_WORDS } from './hold.ts';
import { WatchCard } from './watch.tsx';

/** How many of its last prompts are shown. */
const LAST = 8;

/** One client: what it did and spent, what was denied, and what it asked for last. */
export function ClientPage({
  client,
  policies,
  reload,
}: {
  client: Client;
  policies: readonly PolicySummary[];
  reload: () => Promise<void>;
}) {
  const { costUnit } = useLoaded().settings;
  const now = useNow();
  const made = useMethod('videos.list', { client: client.id, limit: LAST }, { refetchOn: ['videos'] });
  const denied = useMethod(
    'activity.query',
    { client: client.id, outcome: 'denied', limit: 1 },
    { refetchOn: ['activity'] },
  );
  const days = made.data?.days ?? [];
  const sum = (of: 'calls' | 'cost') => days.reduce((total, day) => total + day[of], 0);
  const today = days.find(({ day }) => day === localDay(now));
  return (
    <Page>
      <PageHeader
        back={{ href: href('clients'), label: 'All clients' }}
        title={
          <span className="hostile flex flex-wrap items-center gap-x-3">
            <AgentText text={client.label} brief limit={100} />
            <ClientMark client={client} />
            {client.paused && <Badge tone="warn">Paused</Badge>}
            {client.revokedAt !== undefined && <Badge tone="quiet">Revoked</Badge>}
          </span>
        }
        lead={
          <span className="hostile block">
            {client.lastUsedAt === undefined
              ? 'Never used'
              : `Last used ${agoWords(now - Date.parse(client.lastUsedAt))}`}
            {client.name !== undefined && (
              <>
                {', calls itself '}
                <AgentText
                  text={client.version === undefined ? client.name : `${client.name} ${client.version}`}
                  brief
                  limit={80}
                />
              </>
            )}
          </span>
        }
      />
      {[made.error, denied.error].map(
        (error) => error !== undefined && <ErrorState key={error} message={error} onRetry={made.reload} />,
      )}
      {made.data === undefined || denied.data === undefined ? (
        made.error === undefined && denied.error === undefined && <Loading what="what it did" />
      ) : (
        <>
          <dl className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-3">
            <Figure name="Spent today">{costWords(today?.cost ?? 0, costUnit)}</Figure>
            <Figure name="Spent in 30 days">{costWords(sum('cost'), costUnit)}</Figure>
            <Figure name="Calls that ran in 30 days">{sum('calls').toLocaleString('en')}</Figure>
            <Figure name="Calls denied">
              <a
                href={href('activity', 'client', client.id, 'outcome', 'denied')}
                className="inline-block min-w-7 underline decoration-line-strong underline-offset-2"
              >
                {(denied.data.total ?? 0).toLocaleString('en')}
                {denied.data.more === true && '+'}
              </a>
            </Figure>
          </dl>
          <Card title="What it asked for last">
            {made.data.videos.length === 0 ? (
              <p className="text-muted">It had no video made yet.</p>
            ) : (
              <ul className="-my-2 divide-y divide-line">
                {made.data.videos.map((video) => (
                  <LastVideo key={video.taskId} video={video} costUnit={costUnit} />
                ))}
              </ul>
            )}
          </Card>
          {client.revokedAt === undefined && (
            <>
              <Card title="How its calls are judged">
                <Choices client={client} policies={policies} reload={reload} />
                <p className="mt-3 text-[13px] text-muted">{HOLD_WORDS}</p>
              </Card>
              <WatchCard client={client} policies={policies} reload={reload} />
            </>
          )}
          <p className="flex flex-wrap gap-x-5 gap-y-1">
            <PageLink icon={<Clapperboard />} to={href('videos', 'client', client.id)}>
              All its videos
            </PageLink>
            <PageLink icon={<ScrollText />} to={href('activity', 'client', client.id)}>
              All its calls
            </PageLink>
          </p>
        </>
      )}
    </Page>
  );
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="rounded-xl border border-line bg-surface px-4 py-3">
      <dt className="text-[13px] text-muted">{name}</dt>
      <dd className="text-xl font-semibold tabular-nums">{children}</dd>
    </div>
  );
}

function LastVideo({ video, costUnit }: { video: Video; costUnit: string }) {
  const now = useNow();
  return (
    <li className="flex items-baseline justify-between gap-4 py-2">
      <div className="hostile min-w-0">
        {video.prompt === undefined ? (
          <span className="text-muted">Without a prompt</span>
        ) : (
          <AgentText text={video.prompt} brief limit={200} />
        )}
      </div>
      <span className="shrink-0 text-[13px] text-muted tabular-nums">
        {video.cost !== undefined && `${costWords(video.cost, costUnit)}, `}
        {agoWords(now - Date.parse(video.createdAt))}
      </span>
    </li>
  );
}

function PageLink({ icon, to, children }: { icon: React.ReactNode; to: string; children: string }) {
  return (
    <a
      href={to}
      className="inline-flex min-h-7 items-center gap-1.5 text-muted underline decoration-line-strong underline-offset-2 hover:text-text"
    >
      {icon}
      {children}
    </a>
  );
}

/** The local day of `at` (ms) as `2026-11-22`. */
function localDay(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
