import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { useToast } from '../design/toast.tsx';
import { useTransport } from '../store/use-live.ts';

interface ForgetDialogProps {
  /** What is kept: a token, or the values of environment variables. */
  secret: 'token' | 'values';
  onClose: () => void;
}

/** Asks before the secrets of the upstream in force are forgotten. */
export function ForgetDialog({ secret, onClose }: ForgetDialogProps) {
  const transport = useTransport();
  const toast = useToast();
  return (
    <ConfirmDialog
      title={`Forget the ${secret}?`}
      confirm={`Forget the ${secret}`}
      onConfirm={async () => {
        const { message } = await transport.call('upstream.forgetToken', {});
        toast({ text: message });
      }}
      onClose={onClose}
    >
      Greenlight takes the {secret} out of its secrets and connects to the upstream anew, without. Calls that
      run are cut off, calls that wait are refused. What is forgotten here still works elsewhere: revoke the
      token at the provider too.
    </ConfirmDialog>
  );
}
