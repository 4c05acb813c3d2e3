import { useId, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, TextInput } from './field.tsx';
import { useToast } from './toast.tsx';

interface RenameDialogProps {
  /** What gets another name: "client". */
  what: string;
  /** What its name is called. */
  label: string;
  hint: string;
  /** Characters that the name may have. */
  longest: number;
  /** What it is called now. */
  name: string;
  /** Calls it so; resolves to what it is called then, or to undefined where that failed. */
  rename: (name: string) => Promise<string | undefined>;
  running: boolean;
  /** Why it failed. */
  error: string | undefined;
  onClose: () => void;
}

/** Gives something another name, and says so. */
export function RenameDialog(props: RenameDialogProps) {
  const { what, label, hint, longest, name: before, rename, running, error, onClose } = props;
  const toast = useToast();
  const form = useId();
  const [name, setName] = useState(before);
  const ready = name.trim() !== '' && !running;

  async function save(): Promise<void> {
    const renamed = await rename(name.trim());
    if (renamed === undefined) return;
    onClose();
    toast({ text: `Renamed to ${renamed}.`, onUndo: () => void undo(renamed) });
  }

  async function undo(renamed: string): Promise<void> {
    if ((await rename(before)) !== undefined) return;
    toast({ tone: 'bad', text: `${renamed} could not be renamed again: it may be gone.` });
  }

  return (
    <Dialog
      title={`Rename the ${what}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={form} off={!ready}>
            Rename
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void save();
        }}
      >
        <Field label={label} hint={hint} error={error}>
          <TextInput
            data-autofocus
            value={name}
            maxLength={longest}
            onFocus={(event) => event.target.select()}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
