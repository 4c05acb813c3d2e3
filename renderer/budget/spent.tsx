import type { LimitCounter } from '../../shared/contract.ts';
import { standWords } from '../../shared/limit-words.ts';
import { isNear, spentWords } from '../../shared/spend.ts';
import { AgentText } from '../design/agent-text.tsx';
import { ServerName } from '../design/server-name.tsx';
import { useMethod } from '../store/use-method.ts';

/** What the limits have counted; asked anew when that may have changed. */
export function useCounters(): readonly LimitCounter[] {
  const { data } = useMethod(
    'limits.list',
    {},
    { refetchOn: ['limits', 'policies', 'activity', 'approval', 'clients'] },
  );
  return data?.counters ?? [];
}

/** "$4.80 of $5.00 today", amber from 80 % on; more of it for who points at it. */
export function Spent({ counter, costUnit, now }: { counter: LimitCounter; costUnit: string; now: number }) {
  const { client, server, session } = counter;
  return (
    <span
      title={standWords(counter, costUnit, now)}
      className={`hostile tabular-nums ${isNear(counter) ? 'font-medium text-warn' : ''}`}
    >
      {server !== undefined && <ServerName server={server} after={client === undefined ? ': ' : ', '} />}
      {client !== undefined && (
        <>
          <AgentText text={client.label} brief limit={30} />
          {session !== undefined && ', one session'}:{' '}
        </>
      )}
      {spentWords(counter, costUnit)}
    </span>
  );
}
