import { useState } from 'react';
import type { PolicySummary } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { errorWords } from '../text/error-words.ts';

interface RenameDialogProps {
  policy: PolicySummary;
  onRename: (name: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for another name. The policy's file and its id keep theirs. */
export function RenameDialog({ policy, onRename, onClose }: RenameDialogProps) {
  const [name, setName] = useState(policy.name);
  const [error, setError] = useState<string>();
  const ready = name.trim() !== '' && name.trim() !== policy.name;

  async function rename(): Promise<void> {
    try {
      await onRename(name.trim());
      onClose();
    } catch (failed) {
      setError(errorWords(failed));
    }
  }

  return (
    <Dialog
      title="Rename the policy"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" off={!ready} onClick={() => void rename()}>
            Rename
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void rename();
        }}
      >
        <Field label="Name" error={error}>
          <TextInput
            data-autofocus
            maxLength={100}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}

interface DeleteDialogProps {
  policy: PolicySummary;
  onDelete: () => Promise<void>;
  onClose: () => void;
}

/** Asks before a policy is deleted, or says why it cannot be. */
export function DeleteDialog({ policy, onDelete, onClose }: DeleteDialogProps) {
  const { name, isDefault, usedBy } = policy;
  if (isDefault || usedBy.length > 0) {
    return (
      <Dialog
        title={`“${name}” cannot be deleted yet`}
        onClose={onClose}
        footer={
          <Button data-autofocus onClick={onClose}>
            Close
          </Button>
        }
      >
        <div className="hostile">
          {isDefault && <p>It is the default policy. Make another one the default first.</p>}
          {usedBy.length > 0 && (
            <p>
              <AgentText text={usedBy.join(', ')} brief limit={200} />{' '}
              {usedBy.length === 1 ? 'follows' : 'follow'} it. Give them another policy first.
            </p>
          )}
        </div>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog title={`Delete “${name}”?`} confirm="Delete" onConfirm={onDelete} onClose={onClose}>
      <p>Its file is removed, and unsaved changes with it. No client follows it, so no call is affected.</p>
    </ConfirmDialog>
  );
}
