import type { ActivityRow } from '../../shared/contract.ts';
import { type CalledHost, calledHosts, neverHostWords } from '../../shared/policy/index.ts';
import { Button } from '../design/button.tsx';

/** What a person wants never again, and the policy that is to say so. */
export interface AskedNever {
  policyId: string;
  called: CalledHost;
}

/** For each host that a call named: the way to a rule of its policy that denies it from now on. */
export function NeverHost({ row, onAsk }: { row: ActivityRow; onAsk: (asked: AskedNever) => void }) {
  const { policy } = row;
  if (policy === undefined || Array.isArray(row.arguments)) return null;
  const hosts = calledHosts(row.tool, row.arguments);
  if (hosts.length === 0) return null;
  return (
    <div className="mt-1 flex flex-wrap gap-2">
      {hosts.map((called) => (
        <Button key={called.argument} size="small" onClick={() => onAsk({ policyId: policy.id, called })}>
          Never {neverHostWords(called, hosts)}…
        </Button>
      ))}
    </div>
  );
}
