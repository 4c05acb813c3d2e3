import { useState } from 'react';
import type { LimitCounter } from '../../shared/contract.ts';
import { amountWords, standWords } from '../../shared/limit-words.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { ServerName } from '../design/server-name.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useNow } from '../design/use-now.ts';
import { useLoaded, useTransport } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';

/** What the limits have counted, and setting a counter back; nothing while none has counted anything. */
export function Counters() {
  const { data, error, reload } = useMethod(
    'limits.list',
    {},
    { refetchOn: ['limits', 'policies', 'activity'] },
  );
  const [resetting, setResetting] = useState<LimitCounter>();
  const now = useNow();
  const { costUnit } = useLoaded().settings;
  if (error !== undefined) return <ErrorState message={error} />;
  const counters = data?.counters.filter(({ used }) => used > 0) ?? [];
  if (counters.length === 0) return null;
  return (
    <Card title="Limits">
      <p className="text-muted">What the limits of your policies have counted in their windows so far.</p>
      <ul className="flex flex-col">
        {counters.map((counter) => (
          <li
            key={`${counter.id} ${counter.windowSeconds} ${counter.max}`}
            className="flex items-center gap-3 border-b border-line py-2 last:border-0"
          >
            <p className="hostile min-w-0 flex-1">
              <span className="font-semibold">
                <AgentText text={counter.counter} brief limit={60} />
              </span>{' '}
              <span className="text-muted">
                · <Whose counter={counter} />
              </span>
              <br />
              <span className="tabular-nums">
                {amountWords(counter.used, counter.counts, costUnit)} of {standWords(counter, costUnit, now)}
              </span>
            </p>
            <Button size="small" onClick={() => setResetting(counter)}>
              Reset…
            </Button>
          </li>
        ))}
      </ul>
      {resetting && (
        <ResetDialog
          counter={resetting}
          onClose={() => {
            setResetting(undefined);
            reload();
          }}
        />
      )}
    </Card>
  );
}

function ResetDialog({ counter, onClose }: { counter: LimitCounter; onClose: () => void }) {
  const transport = useTransport();
  const toast = useToast();
  return (
    <ConfirmDialog
      title="Set this counter back to zero?"
      confirm="Reset"
      onConfirm={async () => {
        await transport.call('limits.reset', { id: counter.id });
        toast({ text: 'The counter was set back.' });
      }}
      onClose={onClose}
    >
      What “<AgentText text={counter.counter} brief limit={60} />” has counted counts no more, so calls that
      it held back may run again. Calls that are open now still count.
    </ConfirmDialog>
  );
}

function Whose({ counter: { client, server, session } }: { counter: LimitCounter }) {
  return (
    <>
      {client === undefined ? (
        'all clients together'
      ) : (
        <>
          <AgentText text={client.label} brief limit={60} />
          {session !== undefined && ', one session'}
        </>
      )}
      {server === undefined ? ', on all servers' : <ServerName server={server} before=", on " />}
    </>
  );
}
