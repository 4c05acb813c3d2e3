import { useState } from 'react';
import type { Result } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { ChangeView } from '../design/change-view.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useLoaded, useTransport } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { errorWords } from '../text/error-words.ts';
import { type AskedRule, proposedAmount, type ShownRule, shownRule, titleOf } from './asked-rule.ts';
import { triedWords } from './tried-words.ts';

interface RuleDialogProps {
  /** The policy that judged the call. */
  id: string;
  rule: AskedRule;
  /** Whether the call waits: it is judged by the rule, too. */
  waits: boolean;
  onClose: () => void;
}

/**
 * Tells the rule in a sentence, as the change to the document and by what it would have changed in the last week, and
 * saves it. Calls that wait under the policy are then judged anew.
 */
export function RuleDialog({ id, rule, waits, onClose }: RuleDialogProps) {
  const transport = useTransport();
  const toast = useToast();
  const { costUnit } = useLoaded().settings;
  const { data, error, reload } = useMethod('policies.get', { id }, { refetchOn: ['policies'] });
  const [typed, setTyped] = useState<string>();
  const proposed = data === undefined ? undefined : proposedAmount(data.document, rule);
  const amount = typed === undefined ? (proposed ?? 0) : Number(typed);
  const shown = data && shownRule(data.document, rule, amount, costUnit);

  async function save(): Promise<void> {
    if (data === undefined || shown === undefined) return;
    const now = await transport.call('policies.get', { id });
    if (now.version !== data.version) {
      throw new Error('The policy was changed meanwhile. Look at the change again, then save it.');
    }
    const saved = await transport.call('policies.save', { id, name: data.name, document: shown.after });
    if ('errors' in saved) throw new Error(`The policy was not saved. ${saved.errors[0]?.message ?? ''}`);
    toast({ text: shown.saved, onUndo: () => void undo(data.version, saved.version) });
  }

  async function undo(before: number, saved: number): Promise<void> {
    try {
      const { version } = await transport.call('policies.get', { id });
      if (version !== saved) {
        throw new Error('The policy was changed since. Take the rule out on the page Policies.');
      }
      await transport.call('policies.restore', { id, version: before });
      toast({ text: 'The policy is as it was.' });
    } catch (failed) {
      toast({ text: `The rule stays. ${errorWords(failed)}`, tone: 'bad' });
    }
  }

  const verb = rule.kind === 'never' ? 'Deny' : 'Allow';
  return (
    <ConfirmDialog
      title={titleOf(rule)}
      size="medium"
      confirm={
        rule.kind === 'above' ? 'Save' : waits ? `${verb}, now and from now on` : `${verb} from now on`
      }
      destroys={rule.kind === 'never'}
      off={shown === undefined}
      onClose={onClose}
      onConfirm={save}
    >
      {error !== undefined && data === undefined ? (
        <ErrorState message={error} onRetry={() => void reload()} />
      ) : data === undefined ? (
        <Loading what="the policy" />
      ) : (
        <>
          {proposed !== undefined && (
            <Field
              label={`For each client, in 24 hours (${costUnit})`}
              className="mb-3 max-w-60"
              error={shown === undefined ? 'An amount that a call fits into, such as 5.' : undefined}
            >
              <TextInput
                inputMode="decimal"
                value={typed ?? `${proposed}`}
                onChange={({ target }) => setTyped(target.value)}
              />
            </Field>
          )}
          {shown === undefined ? (
            proposed === undefined && <p>{nothing[rule.kind]}</p>
          ) : (
            <Shown id={id} of={data} rule={rule} shown={shown} waits={waits} costUnit={costUnit} />
          )}
        </>
      )}
    </ConfirmDialog>
  );
}

/** Why there is nothing to save. */
const nothing: Record<AskedRule['kind'], string> = {
  never: 'The policy denies it already.',
  always:
    'That cannot be said of this policy: it does not ask about this call any more, or asks for another reason than its addresses and its prompt. Change it on the page Policies.',
  above:
    'That cannot be said of this policy: it does not ask about this call any more, or says no cost for its tool. Change it on the page Policies.',
};

interface ShownProps {
  id: string;
  of: Result<'policies.get'>;
  rule: AskedRule;
  shown: ShownRule;
  waits: boolean;
  costUnit: string;
}

function Shown({ id, of, rule, shown, waits, costUnit }: ShownProps) {
  const before = useMethod('policies.rehearse', { id, document: of.document });
  const after = useMethod('policies.rehearse', { id, document: shown.after });
  const tried = before.data && after.data && triedWords(before.data, after.data, costUnit);
  return (
    <>
      <p>
        <AgentText text={shown.sentence} />
        {waits && rule.kind !== 'never' && ' What waits now is judged by it, too.'}
      </p>
      <p role="status" className="mt-2 min-h-5 text-muted">
        {tried ?? ((before.error ?? after.error) ? '' : 'Trying it with the calls of the last 7 days…')}
      </p>
      <p className="mt-2 mb-2">
        For all who follow <AgentText text={`“${of.name}”`} />:
      </p>
      <ChangeView
        label="The change to the policy"
        before={JSON.stringify(of.document, null, 2)}
        after={JSON.stringify(shown.after, null, 2)}
      />
    </>
  );
}
