import { useState } from 'react';
import type { Approval } from '../../shared/contract.ts';
import { ArgumentForm } from '../arguments/argument-form.tsx';
import { changedArguments } from '../arguments/fields.ts';
import { useDraft } from '../arguments/use-draft.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field, TextArea } from '../design/field.tsx';
import { useCall, useMethod } from '../store/use-method.ts';
import { TimeLeft } from './time-left.tsx';
import { Wants } from './wants.tsx';

interface EditDialogProps {
  approval: Approval;
  /** The approval as it is now, while it still waits: it may end while the person edits. */
  waiting: Approval | undefined;
  onClose: () => void;
}

/** Changes the arguments of a call and allows it: a form made from the tool's JSON Schema, and the JSON beside it. */
export function EditDialog({ approval, waiting, onClose }: EditDialogProps) {
  const tools = useMethod('upstream.tools', { server: approval.server }, { refetchOn: ['upstream'] });
  const decide = useCall('approvals.decide');
  // Once it is sent, the approval is no longer waiting; that is then no news.
  const [sent, setSent] = useState(false);
  const draft = useDraft(approval.arguments);
  const schema = tools.data?.tools.find(({ name }) => name === approval.tool)?.inputSchema;
  const changed = changedArguments(approval.arguments, draft.value);
  const sound = draft.textProblem === undefined && draft.problems.size === 0;
  const ready = waiting !== undefined && sound && !decide.running;

  async function allow(): Promise<void> {
    if (!ready) return;
    setSent(true);
    const answer = await decide.run({ id: approval.id, answer: 'allow', arguments: draft.value });
    setSent(false);
    if (answer !== undefined) onClose();
  }

  return (
    <Dialog
      title="Edit and allow"
      size="large"
      description={
        <span className="flex flex-wrap justify-between gap-x-4">
          <span>
            <AgentText text={approval.client.label} brief limit={100} /> <Wants of={approval} />. The agent is
            told what you change.
          </span>
          {waiting && <TimeLeft approval={waiting} />}
        </span>
      }
      onClose={onClose}
      footer={
        <>
          <p
            className="mr-auto min-w-0 flex-1 basis-40 self-center text-[13px] text-muted"
            aria-live="polite"
          >
            {changed.length === 0 ? (
              'Nothing is changed yet.'
            ) : (
              <>
                Changed: <AgentText text={changed.join(', ')} brief limit={150} />
              </>
            )}
          </p>
          <Button onClick={onClose}>{waiting || sent ? 'Cancel' : 'Close'}</Button>
          {(waiting || sent) && (
            <Button look="primary" off={!ready} onClick={() => void allow()}>
              {changed.length === 0 ? 'Allow unchanged' : 'Allow with changes'}
            </Button>
          )}
        </>
      }
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for all the fields inside, beside the button. */}
      <div
        className="grid grid-cols-2 gap-6 max-md:grid-cols-1"
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void allow();
        }}
      >
        <div className="min-w-0">
          <ArgumentForm
            schema={schema}
            loading={tools.data === undefined && tools.error === undefined}
            value={draft.value}
            onChange={draft.setValue}
            problems={draft.problems}
            onProblem={draft.setProblem}
          />
          {tools.error !== undefined && (
            <p className="mt-3 text-[13px] text-muted">
              What the tool says about its arguments is not known. {tools.error}
            </p>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Field label="The same as JSON" error={draft.textProblem}>
            <TextArea
              mono
              rows={Math.min(22, Math.max(8, draft.text.split('\n').length + 1))}
              value={draft.text}
              onChange={(event) => draft.setText(event.target.value)}
            />
          </Field>
        </div>
      </div>
      <div role="alert" className="hostile">
        {decide.error !== undefined && (
          <p className="mt-4 rounded-lg border border-bad-line bg-bad-soft px-3 py-2">
            <AgentText text={decide.error} limit={600} />
          </p>
        )}
        {!waiting && !sent && decide.error === undefined && (
          <p className="mt-4 rounded-lg border border-warn-line bg-warn-soft px-3 py-2">
            This call has ended in the meantime; there is nothing left to allow.
          </p>
        )}
      </div>
    </Dialog>
  );
}
