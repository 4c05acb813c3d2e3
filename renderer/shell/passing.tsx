import { X } from 'lucide-react';
import { allowedWords, usedWords } from '../../shared/allowance.ts';
import type { Allowance } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { IconButton } from '../design/button.tsx';
import { ServerName } from '../design/server-name.tsx';
import { useToast } from '../design/toast.tsx';
import { useNow } from '../design/use-now.ts';
import { useTransport } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { errorWords } from '../text/error-words.ts';
import { remainingWords } from '../text/time.ts';

/** More are on the page *Approvals*. */
const MOST = 3;

/** The allowances by which calls pass without asking: how much is used of each, and one click to end it. */
export function Passing({ costUnit, online }: { costUnit: string; online: boolean }) {
  const { data } = useMethod('allowances.list', {}, { refetchOn: ['allowances'] });
  const now = useNow();
  const passing =
    data?.allowances.filter(
      ({ effect, until }) => effect === 'allow' && (until === undefined || Date.parse(until) > now),
    ) ?? [];
  if (passing.length === 0) return null;
  return (
    <ul
      aria-label="Passes without asking"
      className="flex flex-col gap-1 rounded-lg border border-warn-line bg-warn-soft p-1.5 text-[12px] leading-4 text-warn"
    >
      {passing.slice(0, MOST).map((allowance) => (
        <One key={allowance.id} allowance={allowance} costUnit={costUnit} now={now} online={online} />
      ))}
      {passing.length > MOST && (
        <li className="px-1 max-rail:text-center">
          {passing.length - MOST} more<span className="max-rail:sr-only"> under Approvals</span>
        </li>
      )}
    </ul>
  );
}

function One({
  allowance,
  costUnit,
  now,
  online,
}: {
  allowance: Allowance;
  costUnit: string;
  now: number;
  online: boolean;
}) {
  const transport = useTransport();
  const toast = useToast();
  const { id, client, server, until } = allowance;
  const left = until === undefined ? 'until you quit' : `${remainingWords(Date.parse(until) - now)} left`;

  async function end(): Promise<void> {
    try {
      await transport.call('allowances.revoke', { id });
      toast({ text: 'You will be asked again.' });
    } catch (failed) {
      toast({ tone: 'bad', text: `It was not ended. ${errorWords(failed)}` });
    }
  }

  return (
    <li className="flex items-start gap-1">
      <p className="hostile min-w-0 flex-1 px-1 tabular-nums max-rail:hidden">
        <span className="font-semibold">
          <AgentText text={client.label} brief limit={30} />
        </span>
        : <AgentText text={allowedWords(allowance)} brief limit={60} />
        {server !== undefined && <ServerName server={server} before=" on " />} without asking
        <br />
        {[usedWords(allowance, costUnit), left].filter(Boolean).join(', ')}
      </p>
      <IconButton
        label={`Ask ${client.label.slice(0, 30).toWellFormed()} again`}
        size="small"
        icon={<X />}
        off={!online}
        onClick={() => void end()}
        className="shrink-0 text-warn"
      />
    </li>
  );
}
