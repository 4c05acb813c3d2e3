import { Clapperboard, ScrollText } from 'lucide-react';
import type { Client, PolicySummary, Video } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Card } from '../design/card.tsx';
import { ClientMark } from '../design/client-mark.tsx';
import { Figure, Figures } from '../design/figures.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { PageLink } from '../design/page-link.tsx';
import { ServerName } from '../design/server-name.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { ToolName } from '../design/tool-name.tsx';
import { useNow } from '../design/use-now.ts';
import { href } from '../navigation/route.ts';
import { useLoaded } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { briefArguments } from '../text/brief.ts';
import { agoWords, localDay } from '../text/time.ts';
import { costWords, outcomeWords } from '../text/words.ts';
import { Choices } from './grant-row.tsx';
import { HOLD_WORDS } from './hold.ts';
import { ServersCard } from './servers-card.tsx';
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
  const elsewhere = client.servers.some(({ id }) => id !== LUMA);
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
          <Figures>
            <Figure name="Spent today">{costWords(today?.cost ?? 0, costUnit)}</Figure>
            <Figure name="Spent in 30 days">{costWords(sum('cost'), costUnit)}</Figure>
            <Figure name="Calls that ran in 30 days">{sum('calls').toLocaleString('en')}</Figure>
            <Figure name="Denied in the log">
              <a
                href={href('activity', 'client', client.id, 'outcome', 'denied')}
                className="inline-block min-w-7 underline decoration-line-strong underline-offset-2"
              >
                {(denied.data.total ?? 0).toLocaleString('en')}
                {denied.data.more === true && '+'}
              </a>
            </Figure>
          </Figures>
          <Card title="What it asked for last">
            {elsewhere ? (
              <LastCalls client={client.id} costUnit={costUnit} />
            ) : made.data.videos.length === 0 ? (
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
                <Choices
                  client={client}
                  policies={policies}
                  reload={reload}
                  instead={
                    <p className="self-center text-[13px] text-muted">By the policy on each server, below.</p>
                  }
                />
                <p className="mt-3 text-[13px] text-muted">{HOLD_WORDS}</p>
              </Card>
              <ServersCard client={client} policies={policies} reload={reload} />
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

/** Its last calls, whatever they were for: not each makes a video. */
function LastCalls({ client, costUnit }: { client: string; costUnit: string }) {
  const { data, error, reload } = useMethod(
    'activity.query',
    { client, limit: LAST },
    { refetchOn: ['activity'] },
  );
  const now = useNow();
  if (data === undefined)
    return error === undefined ? (
      <Loading what="its last calls" />
    ) : (
      <ErrorState message={`Its last calls could not be loaded. ${error}`} onRetry={reload} />
    );
  if (data.rows.length === 0) return <p className="text-muted">It made no call yet.</p>;
  return (
    <ul className="-my-2 divide-y divide-line">
      {data.rows.map((row) => {
        const brief = briefArguments(row);
        const { text, tone } = outcomeWords(row);
        return (
          <li key={row.id} className="flex items-baseline justify-between gap-4 py-2">
            <div className="hostile min-w-0">
              <ServerName server={row.server} after=" · " />
              <ToolName tool={row.tool} server={row.server} /> <Badge tone={tone}>{text}</Badge>
              {brief !== '' && (
                <span className="block text-[13px] text-muted">
                  <AgentText text={brief} brief limit={200} />
                </span>
              )}
            </div>
            <span className="shrink-0 text-[13px] text-muted tabular-nums">
              {row.cost !== undefined && row.forwarded && `${costWords(row.cost, costUnit)}, `}
              {agoWords(now - Date.parse(row.at))}
            </span>
          </li>
        );
      })}
    </ul>
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
