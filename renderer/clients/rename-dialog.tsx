import { useState } from 'react';
import type { Client } from '../../shared/contract.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { useToast } from '../design/toast.tsx';
import { useCall } from '../store/use-method.ts';

/** Gives a grant another label. */
export function RenameDialog({ client, onClose }: { client: Client; onClose: () => void }) {
  const update = useCall('clients.update');
  const toast = useToast();
  const [label, setLabel] = useState(client.label);
  const ready = label.trim() !== '' && !update.running;

  async function rename(): Promise<void> {
    const { id, label: before } = client;
    const renamed = await update.run({ id, label: label.trim() });
    if (renamed === undefined) return;
    onClose();
    toast({ text: `Renamed to ${renamed.label}.`, onUndo: () => void update.run({ id, label: before }) });
  }

  return (
    <Dialog
      title="Rename the client"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="rename-client" off={!ready}>
            Rename
          </Button>
        </>
      }
    >
      <form
        id="rename-client"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void rename();
        }}
      >
        <Field label="Label" hint="What it is called in questions and in the log." error={update.error}>
          <TextInput
            data-autofocus
            value={label}
            maxLength={100}
            onFocus={(event) => event.target.select()}
            onChange={(event) => setLabel(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
