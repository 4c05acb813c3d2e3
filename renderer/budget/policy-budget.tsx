import { AgentText } from '../design/agent-text.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { href } from '../navigation/route.ts';
import { useLoaded } from '../store/use-live.ts';
import { useCall, useMethod } from '../store/use-method.ts';
import { BudgetForm } from './budget-form.tsx';

interface PolicyBudgetProps {
  id: string;
  /** Who follows the policy; absent: it is the default one. */
  usedBy?: readonly string[] | undefined;
  off: boolean;
}

/** The daily budget of a policy, saved as its next version. */
export function PolicyBudget({ id, usedBy, off }: PolicyBudgetProps) {
  const { settings } = useLoaded();
  const policy = useMethod('policies.get', { id }, { refetchOn: ['policies'] });
  const save = useCall('policies.save');
  const toast = useToast();
  const { data } = policy;
  const mistake = save.error ?? policy.error;
  return (
    <div className="flex flex-col gap-2">
      {data !== undefined && (
        <>
          <BudgetForm
            document={data.document}
            costUnit={settings.costUnit}
            off={off || save.running}
            action="Set"
            onChange={async (document) => {
              const saved = await save.run({ id: data.id, name: data.name, document });
              if (saved === undefined) return;
              if ('errors' in saved) {
                const [first] = saved.errors;
                toast({ tone: 'bad', text: `The budget was not set: ${first?.pointer} ${first?.message}` });
                return;
              }
              await policy.reload();
              toast({ text: 'The daily budget is set.' });
            }}
          />
          <p className="hostile text-[13px] text-muted">
            It is a part of {usedBy === undefined ? 'the default policy' : 'the policy'}{' '}
            <a href={href('policies', data.id)} className="underline underline-offset-2">
              <AgentText text={data.name} brief limit={60} />
            </a>
            {usedBy !== undefined && (
              <>
                , which <AgentText text={usedBy.join(', ')} brief limit={120} />{' '}
                {usedBy.length === 1 ? 'follows' : 'follow'}
              </>
            )}
            .
          </p>
        </>
      )}
      {mistake !== undefined && <ErrorState message={mistake} />}
    </div>
  );
}
