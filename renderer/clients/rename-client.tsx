import type { Client } from '../../shared/contract.ts';
import { RenameDialog } from '../design/rename-dialog.tsx';
import { useCall } from '../store/use-method.ts';

/** Gives a grant another label. */
export function RenameClient({ client: { id, label }, onClose }: { client: Client; onClose: () => void }) {
  const { run, running, error } = useCall('clients.update');
  return (
    <RenameDialog
      what="client"
      label="Label"
      hint="What it is called in questions and in the log."
      longest={100}
      name={label}
      rename={async (name) => (await run({ id, label: name }))?.label}
      running={running}
      error={error}
      onClose={onClose}
    />
  );
}
