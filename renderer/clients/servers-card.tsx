import type { Client, PolicySummary } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Card } from '../design/card.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { useServerLabel } from '../design/server-name.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useChanges } from '../store/use-changes.ts';
import { useCall, useMethod } from '../store/use-method.ts';
import { type ChosenServers, ServerChoices, useAsksServers } from './server-choices.tsx';

interface ServersCardProps {
  client: Client;
  policies: readonly PolicySummary[];
  /** Asks for the clients anew. */
  reload: () => Promise<void>;
}

/** Which servers a client may use, its policy on each, and where it finds them; nothing where that is not asked. */
export function ServersCard({ client, policies, reload }: ServersCardProps) {
  const asks = useAsksServers(client);
  const update = useCall('clients.update');
  const toast = useToast();
  const { onTheirWay, make } = useChanges<ChosenServers>();
  if (!asks) return null;
  const kept: ChosenServers = new Map(
    client.servers.map(({ id, policyId, followsDefault }) => [id, followsDefault ? null : policyId]),
  );
  const shown = onTheirWay.at(-1) ?? kept;

  const save = (chosen: ChosenServers): Promise<boolean> =>
    make(
      chosen,
      async () =>
        (await update.run({
          id: client.id,
          servers: [...chosen.keys()],
          policies: Object.fromEntries(chosen),
        })) !== undefined,
      reload,
    );

  async function choose(chosen: ChosenServers): Promise<void> {
    if (!(await save(chosen))) return;
    // Back to none leads nowhere: a client is given a server, or revoked.
    const undo = shown.size > 0 && { onUndo: () => void save(shown) };
    toast({ text: `What ${client.label} may use is saved.`, ...undo });
  }

  return (
    <Card title="Servers">
      <div className="flex flex-col gap-4">
        <ServerChoices chosen={shown} policies={policies} onChange={(chosen) => void choose(chosen)} />
        {shown.size === 0 && (
          <p className="text-warn">
            The server that it could use was removed: it is refused until it may use another.
          </p>
        )}
        {update.error !== undefined && <ErrorState message={`Nothing was saved. ${update.error}`} />}
        <Addresses of={[...shown.keys()]} />
      </div>
    </Card>
  );
}

/** Where a client finds each of its servers. */
export function Addresses({ of }: { of: readonly string[] }) {
  const { data } = useMethod('servers.list', {}, { refetchOn: ['servers'] });
  const label = useServerLabel();
  const servers = data?.servers.filter(({ id }) => of.includes(id)) ?? [];
  if (servers.length === 0) return null;
  return (
    <ul aria-label="Its addresses" className="flex flex-col gap-2 border-t border-line pt-3">
      {servers.map(({ id, name, url }) => (
        <li key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
          <span className="hostile min-w-0">
            <AgentText text={label(id) ?? name} brief limit={80} />
            <code className="block font-mono text-xs text-muted">{url}</code>
          </span>
          <CopyButton text={url} label={`Copy the address of ${label(id) ?? name}`} />
        </li>
      ))}
    </ul>
  );
}
