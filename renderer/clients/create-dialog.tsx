import { useState } from 'react';
import type { PolicySummary } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { Select } from '../design/select.tsx';
import { useServers } from '../design/server-name.tsx';
import { useCall } from '../store/use-method.ts';
import { type PolicyChoice, policyChoice, policyOptions, policyValue } from './policies.ts';
import { asked, type ChosenServers, ServerChoices } from './server-choices.tsx';
import type { NewToken } from './token-dialog.tsx';

interface CreateDialogProps {
  policies: readonly PolicySummary[];
  onToken: (token: NewToken) => void;
  onClose: () => void;
}

/** Makes a grant for a client that is set up by hand. */
export function CreateDialog({ policies, onToken, onClose }: CreateDialogProps) {
  const create = useCall('clients.create');
  const [label, setLabel] = useState('');
  const [policyId, setPolicyId] = useState<PolicyChoice>(null);
  const several = useServers().length > 0;
  const [chosen, setChosen] = useState<ChosenServers>(new Map([[LUMA, null]]));
  const ready = label.trim() !== '' && !create.running;

  async function make(): Promise<void> {
    const made = await create.run({
      label: label.trim(),
      ...(several ? asked(chosen) : policyId !== null && { policyId }),
    });
    if (made !== undefined) onToken(made);
  }

  return (
    <Dialog
      title="Create a client"
      description="It gets a token of its own, to be pasted into the application’s configuration."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="create-client" off={!ready}>
            Create
          </Button>
        </>
      }
    >
      <form
        id="create-client"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void make();
        }}
      >
        <Field label="Label" hint="What it is called in questions and in the log." error={create.error}>
          <TextInput
            data-autofocus
            value={label}
            maxLength={100}
            placeholder="For example: Cursor at work"
            onChange={(event) => setLabel(event.target.value)}
          />
        </Field>
        {several ? (
          <ServerChoices chosen={chosen} policies={policies} onChange={setChosen} />
        ) : (
          <Field label="Policy">
            <Select
              value={policyValue(policyId)}
              options={policyOptions(policies, policyId)}
              onChange={(value) => setPolicyId(policyChoice(value))}
            />
          </Field>
        )}
      </form>
    </Dialog>
  );
}
