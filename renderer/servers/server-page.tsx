import { Pencil, ScrollText, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { PolicySummary, Server } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Field } from '../design/field.tsx';
import { Figure, Figures } from '../design/figures.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { PageLink } from '../design/page-link.tsx';
import { Select, withChosen } from '../design/select.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { ToolsOf } from '../design/tool-name.tsx';
import { useNow } from '../design/use-now.ts';
import { href, navigate } from '../navigation/route.ts';
import { useChanges } from '../store/use-changes.ts';
import { useLoaded } from '../store/use-live.ts';
import { type MethodAnswer, useCall, useMethod } from '../store/use-method.ts';
import { localDay } from '../text/time.ts';
import { costWords } from '../text/words.ts';
import { ToolList } from '../tools/tool-list.tsx';
import { Address } from '../upstream/add-server.tsx';
import { ChangedTools } from '../upstream/changed-tools.tsx';
import { Upstream } from '../upstream/upstream.tsx';
import { RemoveDialog, RenameServer } from './dialogs.tsx';
import { STATUS } from './words.ts';

interface ServerPageProps {
  server: Server;
  policies: MethodAnswer<{ policies: PolicySummary[] }>;
  /** Asks for the servers anew. */
  reload: () => Promise<void>;
}

/** One server: where it stands, what was spent on it, who may use it, and how it is reached. */
export function ServerPage({ server, policies, reload }: ServerPageProps) {
  const { id, name, url } = server;
  const { settings, state } = useLoaded();
  const status = state.servers.find((each) => each.id === id)?.status ?? server.status;
  const [asking, setAsking] = useState<'rename' | 'remove'>();
  const close = () => setAsking(undefined);
  return (
    <ToolsOf id={id}>
      <Page>
        <PageHeader
          back={{ href: href('servers'), label: 'All servers' }}
          title={
            <span className="hostile flex flex-wrap items-center gap-x-3">
              <AgentText text={name} brief limit={100} />
              <Badge tone={STATUS[status].tone}>{STATUS[status].words}</Badge>
            </span>
          }
          actions={
            id !== LUMA && (
              <>
                <Button icon={<Pencil />} onClick={() => setAsking('rename')}>
                  Rename…
                </Button>
                <Button look="quiet" icon={<Trash2 />} onClick={() => setAsking('remove')}>
                  Remove…
                </Button>
              </>
            )
          }
        />
        <Address url={url} />
        <Use id={id} costUnit={settings.costUnit} tools={server.tools} />
        <ChangedTools server={id} />
        <Card title="Default policy">
          {policies.data === undefined ? (
            policies.error === undefined && <Loading what="the policies" />
          ) : (
            <DefaultPolicy server={server} policies={policies.data.policies} reload={reload} />
          )}
          {policies.error !== undefined && (
            <ErrorState
              message={`The policies could not be loaded. ${policies.error}`}
              onRetry={policies.reload}
            />
          )}
        </Card>
        <Upstream server={id} />
        <ToolList server={id} />
        <p>
          <PageLink icon={<ScrollText />} to={href('activity', 'server', id)}>
            All its calls
          </PageLink>
        </p>
        {asking === 'rename' && <RenameServer server={server} onClose={close} />}
        {asking === 'remove' && (
          <RemoveDialog
            server={server}
            onClose={close}
            onRemoved={() => navigate(href('servers'), { replace: true })}
          />
        )}
      </Page>
    </ToolsOf>
  );
}

function Use({ id, costUnit, tools }: { id: string; costUnit: string; tools: number | undefined }) {
  const now = useNow();
  const made = useMethod('videos.list', { server: id, limit: 1 }, { refetchOn: ['videos', 'activity'] });
  const clients = useMethod('clients.list', {}, { refetchOn: ['clients'] });
  const failed = [made, clients].find(({ error }) => error !== undefined);
  if (made.data === undefined || clients.data === undefined)
    return failed?.error === undefined ? (
      <Loading what="what was done with it" />
    ) : (
      <ErrorState
        message={`What was done with it, and by whom, could not be loaded. ${failed.error}`}
        onRetry={failed.reload}
      />
    );
  const users = clients.data.clients.filter(
    (client) => client.revokedAt === undefined && client.servers.some((each) => each.id === id),
  );
  const today = made.data.days.find(({ day }) => day === localDay(now));
  return (
    <Figures>
      <Figure name="Spent today">{costWords(today?.cost ?? 0, costUnit)}</Figure>
      <Figure name="Calls that ran today">{(today?.calls ?? 0).toLocaleString('en')}</Figure>
      <Figure name="Tools">{tools?.toLocaleString('en') ?? 'Not known'}</Figure>
      <Figure name="Used by">
        {users.length === 0 ? (
          'Nobody'
        ) : (
          <span className="hostile text-sm font-normal">
            {users.map(({ id: client, label }, index) => (
              <span key={client}>
                {index > 0 && ', '}
                <a
                  href={href('clients', client)}
                  className="inline-block min-w-7 py-1 underline decoration-line-strong underline-offset-2"
                >
                  <AgentText text={label} brief limit={60} />
                </a>
              </span>
            ))}
          </span>
        )}
      </Figure>
    </Figures>
  );
}

function DefaultPolicy({
  server,
  policies,
  reload,
}: Omit<ServerPageProps, 'policies'> & { policies: readonly PolicySummary[] }) {
  const { id, name } = server;
  const update = useCall('servers.update');
  const toast = useToast();
  const { onTheirWay, make } = useChanges<string>();
  const policyId = onTheirWay.at(-1) ?? server.policyId;
  const own = policies.filter((policy) => policy.server === id);
  const options = own.map((policy) => ({ value: policy.id, label: policy.name }));
  const put = (next: string) =>
    make(next, async () => (await update.run({ id, policyId: next })) !== undefined, reload);

  async function choose(next: string): Promise<void> {
    if (await put(next))
      toast({
        text: `“${own.find((policy) => policy.id === next)?.name ?? next}” judges on ${name} by default now.`,
        onUndo: () => void put(policyId),
      });
  }

  return (
    <div className="flex flex-col gap-2">
      <Field
        label="Policy"
        hint="It judges the calls of every client that has no other policy on this server."
        error={update.error}
      >
        <Select
          className="max-w-96"
          value={policyId}
          options={withChosen(options, policyId)}
          onChange={(next) => void choose(next)}
        />
      </Field>
      <p>
        <PageLink to={href('policies', policyId)}>Open it</PageLink>
      </p>
      {options.every(({ value }) => value !== policyId) && (
        <ErrorState message="This policy is gone, or not for this server, so every call is denied. Choose another one." />
      )}
    </div>
  );
}
