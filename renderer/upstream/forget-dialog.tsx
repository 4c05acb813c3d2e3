import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { useToast } from '../design/toast.tsx';
import { useTransport } from '../store/use-live.ts';

const QUESTIONS = {
  token: { title: 'Forget the token?', confirm: 'Forget the token', what: 'the token' },
  secrets: {
    title: 'Forget the secrets?',
    confirm: 'Forget the secrets',
    what: 'all secrets of this upstream',
  },
  values: { title: 'Forget the values?', confirm: 'Forget the values', what: 'the values' },
  'sign-in': { title: 'Sign out?', confirm: 'Sign out', what: 'what came of your signing in' },
} as const;

interface ForgetDialogProps {
  /** Whose upstream it is. */
  server: string;
  /** What is kept: a token, what came of signing in, the values of environment variables, or several of them. */
  secret: keyof typeof QUESTIONS;
  onClose: () => void;
}

/** Asks before the secrets of the upstream in force are forgotten. */
export function ForgetDialog({ server, secret, onClose }: ForgetDialogProps) {
  const transport = useTransport();
  const toast = useToast();
  const { title, confirm, what } = QUESTIONS[secret];
  return (
    <ConfirmDialog
      title={title}
      confirm={confirm}
      onConfirm={async () => {
        const { message } = await transport.call('upstream.forgetToken', { server });
        toast({ text: message });
      }}
      onClose={onClose}
    >
      Greenlight takes {what} out of its secrets and connects to the upstream anew, without. Calls that run
      are cut off, calls that wait are refused.{' '}
      {secret === 'sign-in'
        ? 'The server may still know this sign-in: end it there too, where it lists them.'
        : 'What is forgotten here still works elsewhere: revoke the token at the provider too.'}
    </ConfirmDialog>
  );
}
