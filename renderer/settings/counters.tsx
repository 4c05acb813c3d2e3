import { useState } from 'react';
import type { LimitCounter } from '../../shared/contract.ts';
import { formatDuration } from '../../shared/duration.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useNow } from '../design/use-now.ts';
import { useTransport } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { remainingWords } from '../text/time.ts';

/** What the limits have counted, and setting a counter back; nothing while none has counted anything. */
export function Counters() {
  const { data, error, reload } = useMethod(
    'limits.list',
    {},
    { refetchOn: ['limits', 'policies', 'activity'] },
  );
  const [resetting, setResetting] = useState<LimitCounter>();
  const now = useNow();
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
                {amount(counter.used)} of {amount(counter.max)} in{' '}
                {formatDuration(counter.windowSeconds * 1000)}
              </span>{' '}
              <span className="text-muted tabular-nums">{freesWords(counter, now)}</span>
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

function Whose({ counter: { client, session } }: { counter: LimitCounter }) {
  if (client === undefined) return <>all clients together</>;
  return (
    <>
      <AgentText text={client.label} brief limit={60} />
      {session !== undefined && ', one session'}
    </>
  );
}

function amount(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 4 });
}

function freesWords({ freesAt, used, max }: LimitCounter, now: number): string {
  if (freesAt === undefined) return '· held by calls that are open';
  const left = remainingWords(Date.parse(freesAt) - now);
  return used >= max ? `· full; the first of it frees in ${left}` : `· the first of it frees in ${left}`;
}
