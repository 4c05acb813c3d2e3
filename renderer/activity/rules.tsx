import type { ActivityRow } from '../../shared/contract.ts';
import { calledHosts, neverHostWords } from '../../shared/policy/index.ts';
import { Button } from '../design/button.tsx';
import { type AskedRule, rulesOf } from '../feed/asked-rule.ts';
import { useMethod } from '../store/use-method.ts';

/** A rule that a person wants from now on, and the policy that is to say so. */
export interface AskedOfPolicy {
  policyId: string;
  rule: AskedRule;
}

/** The rules that a call of the log leads to: each opens what it would make of the policy. */
export function Rules({ row, onAsk }: { row: ActivityRow; onAsk: (asked: AskedOfPolicy) => void }) {
  const { policy } = row;
  const asked = row.approvalId !== undefined;
  const { data } = useMethod('policies.get', asked && policy !== undefined ? { id: policy.id } : undefined, {
    refetchOn: ['policies'],
  });
  if (policy === undefined || Array.isArray(row.arguments) || row.also !== undefined) return null;
  const call = { tool: row.tool, arguments: row.arguments, createdAt: row.at };
  const hosts = calledHosts(call.tool, call.arguments);
  const rules = rulesOf(call, asked, data?.document);
  if (rules.length === 0) return null;
  return (
    <div className="mt-1 flex flex-wrap gap-2">
      {rules.map((rule) => (
        <Button
          key={rule.kind === 'never' ? rule.called.argument : rule.kind}
          size="small"
          onClick={() => onAsk({ policyId: policy.id, rule })}
        >
          {rule.kind === 'never'
            ? `Never ${neverHostWords(rule.called, hosts)}…`
            : rule.kind === 'always'
              ? 'Always allow calls like this…'
              : 'Ask only above…'}
        </Button>
      ))}
    </div>
  );
}
