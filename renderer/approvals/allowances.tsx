import { Ban, FastForward } from 'lucide-react';
import { allowedWords, usedWords } from '../../shared/allowance.ts';
import type { Allowance } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ServerName } from '../design/server-name.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useNow } from '../design/use-now.ts';
import { useCall, useMethod } from '../store/use-method.ts';
import { remainingWords } from '../text/time.ts';

/** The standing permissions and blocks that the person gave for a while; nothing when there are none. */
export function AllowancesInForce({ online, costUnit }: { online: boolean; costUnit: string }) {
  const { data, reload } = useMethod('allowances.list', {}, { refetchOn: ['allowances', 'approval'] });
  const revoke = useCall('allowances.revoke');
  const toast = useToast();
  const now = useNow();
  const inForce =
    data?.allowances.filter(({ until }) => until === undefined || Date.parse(until) > now) ?? [];
  if (inForce.length === 0) return null;

  async function end(allowance: Allowance): Promise<void> {
    const done = await revoke.run({ id: allowance.id });
    if (done === undefined) return;
    reload();
    const { effect, client } = allowance;
    const text = isPause(allowance)
      ? `${client.label} is resumed.`
      : effect === 'block'
        ? 'The block is over.'
        : 'You will be asked again.';
    toast({ text });
  }

  return (
    <section aria-labelledby="allowances-title" className="flex flex-col gap-3">
      <h2 id="allowances-title" className="text-base font-semibold">
        In force for now
      </h2>
      <Card>
        <ul>
          {inForce.map((allowance) => (
            <li
              key={allowance.id}
              className="flex items-center gap-3 border-b border-line px-5 py-2 last:border-0 max-sm:px-4"
            >
              <span className={allowance.effect === 'block' ? 'text-bad' : 'text-warn'}>
                {allowance.effect === 'block' ? <Ban /> : <FastForward />}
              </span>
              <p className="hostile min-w-0 flex-1">
                <span className="font-semibold">
                  <AgentText text={allowance.client.label} brief limit={60} />
                </span>{' '}
                <Effect allowance={allowance} />{' '}
                <span className="text-muted tabular-nums">
                  · {[usedWords(allowance, costUnit), howLong(allowance, now)].filter(Boolean).join(' · ')}
                </span>
              </p>
              <Button size="small" off={!online || revoke.running} onClick={() => void end(allowance)}>
                {isPause(allowance) ? 'Resume' : allowance.effect === 'block' ? 'Unblock' : 'End'}
              </Button>
            </li>
          ))}
        </ul>
      </Card>
      {revoke.error !== undefined && <ErrorState message={revoke.error} />}
    </section>
  );
}

/** Whether the client is paused by it: a block without an end. */
function isPause({ effect, until }: Allowance): boolean {
  return effect === 'block' && until === undefined;
}

function Effect({ allowance }: { allowance: Allowance }) {
  const { effect, server } = allowance;
  if (effect === 'block') return isPause(allowance) ? <>is paused: its calls are denied</> : <>is blocked</>;
  return (
    <>
      may run without asking: <AgentText text={allowedWords(allowance)} brief limit={120} />
      {server !== undefined && <ServerName server={server} before=" on " />}
    </>
  );
}

function howLong(allowance: Allowance, now: number): string {
  const { until } = allowance;
  if (isPause(allowance)) return 'until you resume it';
  if (until !== undefined) return `${remainingWords(Date.parse(until) - now)} left`;
  return 'until you quit Greenlight';
}
