import { PlugZap, Plus } from 'lucide-react';
import { useState } from 'react';
import { LUMA } from '../../shared/server-id.ts';
import { PolicyBudget } from '../budget/policy-budget.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { useServers } from '../design/server-name.tsx';
import { EmptyState, ErrorState, Loading } from '../design/states.tsx';
import { href, type PageProps } from '../navigation/route.ts';
import { useLive } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { markedText } from '../text/visible.ts';
import { ClientPage } from './client-page.tsx';
import { ConnectSection } from './connect-section.tsx';
import { CreateDialog } from './create-dialog.tsx';
import { GrantRow } from './grant-row.tsx';
import { HOLD_WORDS } from './hold.ts';
import { Revoked } from './revoked.tsx';
import { type NewToken, TokenDialog } from './token-dialog.tsx';

/** The grants, and the applications of this computer that could have one. */
export default function ClientsPage({ path }: PageProps) {
  const online = useLive().connection === 'online';
  const clients = useMethod('clients.list', {}, { refetchOn: ['clients', 'activity'] });
  const policies = useMethod('policies.list', {}, { refetchOn: ['policies', 'settings'] });
  const several = useServers().length > 0;
  const [creating, setCreating] = useState(false);
  const [token, setToken] = useState<NewToken>();
  const active = clients.data?.clients.filter(({ revokedAt }) => revokedAt === undefined);
  const revoked = clients.data?.clients.filter(({ revokedAt }) => revokedAt !== undefined) ?? [];
  const known = policies.data?.policies ?? [];
  const one = clients.data?.clients.find(({ id }) => id === path[0]);
  if (one !== undefined)
    return <ClientPage key={one.id} client={one} policies={known} reload={clients.reload} />;

  return (
    <Page>
      <PageHeader
        title="Clients"
        lead={`Each application that reaches ${several ? 'a server' : 'Luma'} through Greenlight has a grant: its own token, and the policy that it follows.`}
        actions={
          <Button icon={<Plus />} onClick={() => setCreating(true)}>
            Create a client
          </Button>
        }
      />
      {clients.error !== undefined && (
        <ErrorState message={`The clients could not be loaded. ${clients.error}`} onRetry={clients.reload} />
      )}
      {policies.error !== undefined && (
        <ErrorState
          message={`The policies could not be loaded. ${policies.error}`}
          onRetry={policies.reload}
        />
      )}
      {active === undefined ? (
        clients.error === undefined && <Loading what="the clients" />
      ) : active.length === 0 ? (
        <EmptyState icon={<PlugZap />} title="No client yet">
          Connect one of your applications below, or create a client and paste its token by hand.
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-2">
          <Card>
            <ul aria-label="Clients" className="divide-y divide-line">
              {active.map((client) => (
                <li key={client.id} aria-label={markedText(client.label)}>
                  <GrantRow client={client} policies={known} reload={clients.reload} onToken={setToken} />
                </li>
              ))}
            </ul>
          </Card>
          <p className="text-[13px] text-muted">{HOLD_WORDS}</p>
        </div>
      )}
      <Card title={several ? 'Daily budget on Luma' : 'Daily budget'}>
        <div className="flex flex-col gap-6">
          {several && (
            <p className="text-muted">
              What its videos may cost. What all servers together may cost stands under{' '}
              <a href={href('servers')} className="underline underline-offset-2">
                Servers
              </a>
              .
            </p>
          )}
          {known
            .filter(({ server, isDefault, usedBy }) => server === LUMA && (isDefault || usedBy.length > 0))
            .map(({ id, name, isDefault, usedBy }) => (
              <section key={id} aria-label={`Daily budget of ${markedText(name)}`}>
                <PolicyBudget id={id} usedBy={isDefault ? undefined : usedBy} off={!online} />
              </section>
            ))}
        </div>
      </Card>
      <Revoked clients={revoked} />
      <ConnectSection onByHand={() => setCreating(true)} />

      {creating && (
        <CreateDialog
          policies={known}
          onClose={() => setCreating(false)}
          onToken={(made) => {
            setCreating(false);
            setToken(made);
          }}
        />
      )}
      {token !== undefined && <TokenDialog token={token} onClose={() => setToken(undefined)} />}
    </Page>
  );
}
