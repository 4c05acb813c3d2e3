import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { LimitCounter, PolicySummary, Server } from '../../shared/contract.ts';
import { caps, isOverAll } from '../../shared/spend.ts';
import { Spent, useCounters } from '../budget/spent.tsx';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { useServers } from '../design/server-name.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useNow } from '../design/use-now.ts';
import { href, navigate, type PageProps } from '../navigation/route.ts';
import { useLoaded } from '../store/use-live.ts';
import { type MethodAnswer, useMethod } from '../store/use-method.ts';
import { marked } from '../text/visible.ts';
import { costWords } from '../text/words.ts';
import { AddServer } from '../upstream/add-server.tsx';
import { ServerPage } from './server-page.tsx';
import { kindWords, STATUS, toolsWords } from './words.ts';

/** The servers that Greenlight stands before, or one of them (`#/servers/<id>`). */
export default function ServersPage({ path: [chosen] }: PageProps) {
  const answer = useMethod('servers.list', {}, { refetchOn: ['servers', 'upstream', 'settings'] });
  const policies = useMethod('policies.list', {}, { refetchOn: ['policies', 'settings', 'servers'] });
  const one = answer.data?.servers.find(({ id }) => id === chosen);
  if (one !== undefined)
    return <ServerPage key={one.id} server={one} policies={policies} reload={answer.reload} />;
  return <ServerList answer={answer} policies={policies} />;
}

interface ServerListProps {
  answer: MethodAnswer<{ servers: Server[] }>;
  policies: MethodAnswer<{ policies: PolicySummary[] }>;
}

function ServerList({ answer, policies }: ServerListProps) {
  const { servers: live } = useLoaded().state;
  const counters = caps(useCounters());
  const spent = useMethod('servers.spent', {}, { refetchOn: ['activity'] });
  const [adding, setAdding] = useState(false);
  // Without their names the servers are still to be seen.
  const known = policies.data?.policies ?? (policies.error === undefined ? undefined : []);
  return (
    <Page>
      <PageHeader
        title="Servers"
        lead="What Greenlight stands before: each has an address of its own here, its own secrets, tools, policy and limits."
        actions={
          <Button look="primary" icon={<Plus />} onClick={() => setAdding(true)}>
            Add a server
          </Button>
        }
      />
      <Budget counters={counters.filter(isOverAll)} />
      {answer.error !== undefined && (
        <ErrorState message={`The servers could not be loaded. ${answer.error}`} onRetry={answer.reload} />
      )}
      {policies.error !== undefined && (
        <ErrorState
          message={`The policies could not be loaded. ${policies.error}`}
          onRetry={policies.reload}
        />
      )}
      {spent.error !== undefined && (
        <ErrorState message={`What was spent could not be loaded. ${spent.error}`} onRetry={spent.reload} />
      )}
      {answer.data === undefined || known === undefined ? (
        answer.error === undefined && <Loading what="the servers" />
      ) : (
        <Card>
          <ul aria-label="Servers" className="divide-y divide-line">
            {answer.data.servers.map((server) => (
              <li key={server.id} aria-label={marked(server.name)}>
                <ServerRow
                  server={{ ...server, ...live.find(({ id }) => id === server.id) }}
                  policies={known}
                  counters={counters}
                  spent={spent.data?.spent.find((each) => each.server === server.id)?.cost ?? 0}
                />
              </li>
            ))}
          </ul>
        </Card>
      )}
      {adding && (
        <AddServer
          onClose={(id) => {
            setAdding(false);
            if (id !== undefined) navigate(href('servers', id));
          }}
        />
      )}
    </Page>
  );
}

/** What was spent of the budgets over all servers, and how to have one; nothing where there is but one server. */
function Budget({ counters }: { counters: readonly LimitCounter[] }) {
  const several = useServers().length > 0;
  if (counters.length === 0 && !several) return null;
  return (
    <Card title="Budget for all">
      {counters.length > 0 ? (
        <Spends counters={counters} label="Spent on all servers" />
      ) : (
        <p className="text-muted">
          None yet. One is a limit in cost, <em>for everyone, on all servers</em>, under the same name in the{' '}
          <a href={href('policies')} className="underline underline-offset-2">
            policy of each server
          </a>
          .
        </p>
      )}
    </Card>
  );
}

function Spends({ counters, label }: { counters: readonly LimitCounter[]; label: string }) {
  const { costUnit } = useLoaded().settings;
  const now = useNow();
  return (
    <ul aria-label={label} className="flex flex-col gap-0.5">
      {counters.map((counter) => (
        <li key={`${counter.id} ${counter.windowSeconds} ${counter.max}`}>
          <Spent counter={counter} costUnit={costUnit} now={now} />
        </li>
      ))}
    </ul>
  );
}

function ServerRow({
  server,
  policies,
  counters,
  spent,
}: {
  server: Server;
  policies: readonly PolicySummary[];
  counters: readonly LimitCounter[];
  /** What its calls cost today. */
  spent: number;
}) {
  const { id, name, url, kind, status, message, changedTools, policyId } = server;
  const { costUnit } = useLoaded().settings;
  const own = counters.filter((counter) => counter.server === id && counter.client === undefined);
  const { tone, words } = STATUS[status];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-6 gap-y-1 px-5 py-4 max-sm:grid-cols-1 max-sm:px-4">
      <div className="hostile min-w-0">
        <h2 className="flex flex-wrap items-center gap-x-2 gap-y-1 font-semibold">
          <a
            href={href('servers', id)}
            className="inline-block min-w-7 py-0.5 underline decoration-transparent underline-offset-2 hover:decoration-line-strong"
          >
            <AgentText text={name} brief limit={100} />
          </a>
          <Badge tone={tone}>{words}</Badge>
          {changedTools > 0 && (
            <Badge tone="warn">
              {changedTools} changed {changedTools === 1 ? 'tool' : 'tools'}
            </Badge>
          )}
        </h2>
        <p className="text-[13px] text-muted">
          {kindWords(kind)}
          {toolsWords(server.tools)}
        </p>
        <p className="font-mono text-xs text-muted">{url}</p>
        {message !== undefined && status !== 'connected' && (
          <p className="text-[13px]">
            <AgentText text={message} brief limit={300} />
          </p>
        )}
      </div>
      <div className="hostile flex min-w-0 flex-col gap-0.5 text-[13px] text-muted sm:max-w-72 sm:text-right">
        <span>
          <AgentText
            text={policies.find((policy) => policy.id === policyId)?.name ?? policyId}
            brief
            limit={80}
          />
        </span>
        {spent > 0 && <span className="tabular-nums">{costWords(spent, costUnit)} today</span>}
        {own.length > 0 && <Spends counters={own} label={`Spent on ${marked(name)}`} />}
      </div>
    </div>
  );
}
