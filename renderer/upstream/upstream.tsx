import { useId, useState } from 'react';
import { Card } from '../design/card.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useCall, useMethod } from '../store/use-method.ts';
import { Standing } from './standing.tsx';
import { UpstreamForm } from './upstream-form.tsx';
import { choiceOf, choicesOf, chosenWords, type UpstreamChoice } from './upstream-words.ts';

interface UpstreamProps {
  server: string;
  /** What the server is called, where the page does not say it. */
  named?: string | undefined;
}

/** The MCP server behind the proxy to `server`: which one, with what, and where it stands. */
export function Upstream({ server, named }: UpstreamProps) {
  const known = useMethod('upstream.get', { server }, { refetchOn: ['upstream', 'settings'] });
  const [choosing, setChoosing] = useState<UpstreamChoice>();
  const set = useCall('upstream.set');
  const toast = useToast();
  const name = useId();
  const title = named === undefined ? 'Upstream' : `Upstream of ${named}`;
  if (known.data === undefined) {
    return (
      <Card title={title}>
        {known.error === undefined ? (
          <Loading what="the upstream" />
        ) : (
          <ErrorState message={known.error} onRetry={known.reload} />
        )}
      </Card>
    );
  }
  const { settings, hasToken, signIn } = known.data;
  const inForce = choiceOf(server, settings);
  const chosen = choosing ?? inForce;

  async function switchToSandbox(): Promise<void> {
    setChoosing('sandbox');
    const status = await set.run({ server, kind: 'sandbox' });
    if (status !== undefined) toast(chosenWords('The sandbox', status));
    setChoosing(undefined);
  }

  return (
    <Card title={title}>
      <div className="flex flex-col gap-5">
        <Standing server={server} upstream={known.data.status} />
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 font-medium">The MCP server behind Greenlight</legend>
          {choicesOf(server).map(({ id, label, hint }) => (
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
            server={server}
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
