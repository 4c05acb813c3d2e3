import type { Server } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { RenameDialog } from '../design/rename-dialog.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useTransport } from '../store/use-live.ts';
import { useCall, useMethod } from '../store/use-method.ts';

interface QuestionProps {
  server: Server;
  onClose: () => void;
}

/** Calls a server otherwise. */
export function RenameServer({ server: { id, name }, onClose }: QuestionProps) {
  const { run, running, error } = useCall('servers.update');
  return (
    <RenameDialog
      what="server"
      label="Name"
      hint="What it is called in questions and in the log. Its address stays as it is."
      longest={60}
      name={name}
      rename={async (next) => (await run({ id, name: next }))?.name}
      running={running}
      error={error}
      onClose={onClose}
    />
  );
}

/** Asks before a server is removed. */
export function RemoveDialog({ server, onClose, onRemoved }: QuestionProps & { onRemoved: () => void }) {
  const { id, name, url } = server;
  const transport = useTransport();
  const toast = useToast();
  const targets = useMethod('connect.targets', {});
  const leading = (targets.data?.targets ?? []).filter(({ servers }) =>
    servers.some(({ server }) => server === id),
  );
  return (
    <ConfirmDialog
      title={`Remove ${name}?`}
      confirm="Remove"
      onConfirm={async () => {
        await transport.call('servers.remove', { id });
        toast({ text: `${name} is removed.` });
        onRemoved();
      }}
      onClose={onClose}
    >
      Its token, its sign-in or the values of its variables go, and no client may use it any more: at{' '}
      <AgentText text={url} brief limit={120} /> nothing answers. Calls that run are cut off, calls that wait
      are refused. What was logged stays, and so do its policies. To have it again, add it anew.
      {leading.length > 0 && (
        <p className="mt-3">
          {leading.map((target) => target.name).join(', ')}{' '}
          {leading.length === 1 ? 'still has an entry that leads' : 'still have entries that lead'} there: it
          fails from then on. <em>Connect again…</em> under Clients then makes it what it was before you
          protected it, or takes it out where Greenlight does not know what that was. <em>Undo…</em> there
          brings back what you protected, too, and disconnects{' '}
          {leading.length === 1 ? 'the client' : 'that client'}.
        </p>
      )}
      {targets.error !== undefined && (
        <div className="mt-3">
          <ErrorState
            message={`Whether an entry of a client leads there could not be looked for; one that does fails from then on. ${targets.error}`}
            onRetry={targets.reload}
          />
        </div>
      )}
    </ConfirmDialog>
  );
}
