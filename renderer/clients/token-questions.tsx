import type { Client } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { useToast } from '../design/toast.tsx';
import { useTransport } from '../store/use-live.ts';
import type { NewToken } from './token-dialog.tsx';

interface QuestionProps {
  client: Client;
  onClose: () => void;
}

/** Asks before a grant gets a new token. */
export function RotateDialog({
  client,
  onToken,
  onClose,
}: QuestionProps & { onToken: (token: NewToken) => void }) {
  const transport = useTransport();
  return (
    <ConfirmDialog
      title={`Make a new token for ${client.label}?`}
      confirm="Make a new token"
      onConfirm={async () => {
        const { token, mcpUrl } = await transport.call('clients.rotate', { id: client.id });
        onToken({ label: client.label, token, mcpUrl, servers: client.servers });
      }}
      onClose={onClose}
    >
      The old token stops working at once: <AgentText text={client.label} brief /> is refused until the new
      one is in its configuration. Its label, policy and log stay.
    </ConfirmDialog>
  );
}

/** Asks before a grant is revoked. */
export function RevokeDialog({ client, onClose }: QuestionProps) {
  const transport = useTransport();
  const toast = useToast();
  return (
    <ConfirmDialog
      title={`Revoke ${client.label}?`}
      confirm="Revoke"
      onConfirm={async () => {
        await transport.call('clients.revoke', { id: client.id });
        toast({ text: `${client.label} is revoked.` });
      }}
      onClose={onClose}
    >
      <AgentText text={client.label} brief /> is refused from now on, and what it waits for is withdrawn. This
      cannot be undone: to let it in again, connect it anew. Its calls stay in the log.
    </ConfirmDialog>
  );
}
