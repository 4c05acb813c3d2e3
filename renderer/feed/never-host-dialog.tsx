import type { Json } from '../../shared/json.ts';
import { type CalledHost, neverHost, neverHostSentence, parsePolicy } from '../../shared/policy/index.ts';
import { AgentText } from '../design/agent-text.tsx';
import { ChangeView } from '../design/change-view.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useTransport } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { errorWords } from '../text/error-words.ts';

interface NeverHostDialogProps {
  /** The policy that judged the call. */
  id: string;
  called: CalledHost;
  /** What the answer that does it says. */
  confirm: string;
  onClose: () => void;
}

/**
 * Tells the rule in a sentence and as the change to the document, and saves it. Calls that wait under the policy are then
 * judged anew: the rule itself denies those on the host.
 */
export function NeverHostDialog({ id, called, confirm, onClose }: NeverHostDialogProps) {
  const transport = useTransport();
  const toast = useToast();
  const { data, error, reload } = useMethod('policies.get', { id }, { refetchOn: ['policies'] });
  const after = data === undefined ? undefined : changed(data.document, called);

  async function save(): Promise<void> {
    if (data === undefined || after === undefined) throw new Error('There is nothing to save: close this.');
    const now = await transport.call('policies.get', { id });
    if (now.version !== data.version) {
      throw new Error('The policy was changed meanwhile. Look at the change again, then save it.');
    }
    const saved = await transport.call('policies.save', { id, name: data.name, document: after });
    if ('errors' in saved) throw new Error(`The policy was not saved. ${saved.errors[0]?.message ?? ''}`);
    toast({
      text: `${called.host} is denied as ${called.argument} from now on.`,
      onUndo: () => void undo(data.version, saved.version),
    });
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

  return (
    <ConfirmDialog
      title={`Never ${called.host} as ${called.argument}?`}
      size="medium"
      confirm={confirm}
      onClose={onClose}
      onConfirm={save}
    >
      {error !== undefined && data === undefined ? (
        <ErrorState message={error} onRetry={() => void reload()} />
      ) : data === undefined ? (
        <Loading what="the policy" />
      ) : after === undefined ? (
        <p>The policy denies it already.</p>
      ) : (
        <>
          <p>
            <AgentText text={neverHostSentence(called)} />
          </p>
          <p className="mt-2 mb-2">
            For all who follow <AgentText text={`“${data.name}”`} />:
          </p>
          <ChangeView
            label="The change to the policy"
            before={JSON.stringify(data.document, null, 2)}
            after={JSON.stringify(after, null, 2)}
          />
        </>
      )}
    </ConfirmDialog>
  );
}

/** The document with the rule; `undefined`: nothing to change. */
function changed(document: Json, called: CalledHost): Json | undefined {
  return parsePolicy(document).ok ? neverHost(document, called) : undefined;
}
