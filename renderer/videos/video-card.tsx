import { ExternalLink, ScrollText } from 'lucide-react';
import { useState } from 'react';
import type { Video } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { OpenDialog } from '../design/open-dialog.tsx';
import { ServerName, useServerLabel } from '../design/server-name.tsx';
import { href } from '../navigation/route.ts';
import { costWords } from '../text/words.ts';
import { Thumbnail } from './thumbnail.tsx';
import { stateWords, webAddress } from './words.ts';

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** One video that was asked for. */
export function VideoCard({ video, costUnit }: { video: Video; costUnit: string }) {
  const { prompt, server, client, createdAt, cost, videoUrl, taskId } = video;
  const state = stateWords(video.state);
  const named = useServerLabel()(server);
  return (
    <Card className="overflow-clip">
      <Thumbnail video={video} />
      <div className="flex flex-col gap-2.5 p-4">
        <div className="hostile">
          {prompt === undefined ? (
            <span className="text-muted">Without a prompt</span>
          ) : (
            <AgentText text={prompt} limit={140} />
          )}
        </div>
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-[13px] text-muted">
          <Badge tone={state.tone}>{state.text}</Badge>
          {cost !== undefined && <span>{costWords(cost, costUnit)}</span>}
        </div>
        <p className="hostile text-[13px] text-muted">
          <AgentText text={client.label} brief limit={60} />
          <ServerName server={server} before=" on " />
          {', '}
          <time dateTime={createdAt}>{WHEN.format(new Date(createdAt))}</time>
        </p>
        {videoUrl !== undefined && <VideoAddress url={videoUrl} />}
        <a
          href={href('activity', ...(named === undefined ? [] : ['server', server]), 'task', taskId)}
          className="inline-flex min-h-7 items-center gap-1.5 self-start text-[13px] text-muted underline decoration-line-strong underline-offset-2 hover:text-text"
        >
          <ScrollText />
          Its calls in the log
        </a>
      </div>
    </Card>
  );
}

function VideoAddress({ url }: { url: string }) {
  const [asking, setAsking] = useState(false);
  const address = webAddress(url);
  return (
    <div className="flex flex-col gap-1.5">
      <p className="hostile truncate rounded-lg bg-sunken px-2.5 py-1.5 font-mono text-xs">
        <AgentText text={url} brief limit={400} />
      </p>
      <div className="flex gap-2">
        <CopyButton text={url} label="Copy the video’s address" />
        {address !== undefined && (
          <Button size="small" icon={<ExternalLink />} onClick={() => setAsking(true)}>
            Open…
          </Button>
        )}
      </div>
      {asking && address !== undefined && <OpenDialog address={address} onClose={() => setAsking(false)} />}
    </div>
  );
}
