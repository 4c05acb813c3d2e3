import { RefreshCw } from 'lucide-react';
import { useId, useState } from 'react';
import type { UpstreamStatus } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorState, Loading, Spinner } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useLoaded } from '../store/use-live.ts';
import { useCall, useMethod } from '../store/use-method.ts';
import { UpstreamForm } from './upstream-form.tsx';
import { CHOICES, choiceOf, chosenWords, statusSentence, type UpstreamChoice } from './upstream-words.ts';

/** The MCP server behind the proxy: which one, with what, and where it stands. */
export function Upstream() {
  const known = useMethod('upstream.get', {}, { refetchOn: ['upstream', 'settings'] });
  const [choosing, setChoosing] = useState<UpstreamChoice>();
  const set = useCall('upstream.set');
  const toast = useToast();
  const name = useId();
  if (known.data === undefined) {
    return (
      <Card title="Upstream">
        {known.error === undefined ? (
          <Loading what="the upstream" />
        ) : (
          <ErrorState message={known.error} onRetry={known.reload} />
        )}
      </Card>
    );
  }
  const { settings, hasToken, signIn } = known.data;
  const inForce = choiceOf(settings);
  const chosen = choosing ?? inForce;

  async function switchToSandbox(): Promise<void> {
    setChoosing('sandbox');
    const status = await set.run({ kind: 'sandbox' });
    if (status !== undefined) toast(chosenWords('The sandbox', status));
    setChoosing(undefined);
  }

  return (
    <Card title="Upstream">
      <div className="flex flex-col gap-5">
        <Standing />
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 font-medium">The MCP server behind Greenlight</legend>
          {CHOICES.map(({ id, label, hint }) => (
            <label
              key={id}
              className={`flex gap-3 rounded-lg border px-3 py-2 ${id === chosen ? 'border-accent bg-accent-soft' : 'border-transparent hover:bg-hover'}`}
            >
              <input
                type="radio"
                name={name}
                value={id}
                checked={id === chosen}
                aria-describedby={`${name}-${id}`}
                onChange={() => {
                  set.reset();
                  if (id === 'sandbox' && inForce !== 'sandbox') void switchToSandbox();
                  else setChoosing(id === inForce ? undefined : id);
                }}
                className="mt-1 size-3.5 shrink-0 accent-accent"
              />
              <span className="min-w-0">
                <span className="font-medium">{label}</span>
                <span id={`${name}-${id}`} className="block text-[13px] text-muted">
                  {hint}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
        {set.error !== undefined && <ErrorState message={`The upstream was not changed. ${set.error}`} />}
        {chosen !== 'sandbox' && (
          <UpstreamForm
            key={chosen}
            choice={chosen}
            inForce={chosen === inForce ? settings : undefined}
            hasToken={chosen === inForce && hasToken}
            signIn={chosen === inForce ? signIn : undefined}
            onSaved={() => setChoosing(undefined)}
            {...(choosing !== undefined && { onCancel: () => setChoosing(undefined) })}
          />
        )}
      </div>
    </Card>
  );
}

const TONES: Record<UpstreamStatus['status'], 'good' | 'info' | 'bad'> = {
  connected: 'good',
  starting: 'info',
  unreachable: 'bad',
  unauthorized: 'bad',
};

/** Where the upstream stands, with *Test*. */
function Standing() {
  const { upstream } = useLoaded().state;
  const test = useCall('upstream.test');
  return (
    <div role="status" aria-label="Where the upstream stands">
      <Banner
        tone={TONES[upstream.status]}
        action={
          <Button
            size="small"
            icon={test.running ? <Spinner /> : <RefreshCw />}
            off={test.running}
            onClick={() => void test.run({})}
          >
            {test.running ? 'Testing…' : 'Test'}
          </Button>
        }
      >
        <span className="hostile">
          <AgentText text={test.error ?? statusSentence(upstream)} />
        </span>
      </Banner>
    </div>
  );
}
