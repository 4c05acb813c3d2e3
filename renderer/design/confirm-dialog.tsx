import { type ReactNode, useState } from 'react';
import { errorWords } from '../text/error-words.ts';
import { AgentText } from './agent-text.tsx';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { LONGEST_WORDS } from './field.tsx';

interface ConfirmDialogProps {
  /** The question: "Revoke Cursor?" */
  title: string;
  /** What happens then, and whether it can be undone. */
  children: ReactNode;
  size?: 'small' | 'medium';
  /** The answer that does it, a verb: "Revoke". */
  confirm: string;
  /** Whether something is lost by it; red then. */
  destroys?: boolean;
  /** There is nothing to confirm (yet). */
  off?: boolean;
  /** Does it. While it runs the buttons wait; when it rejects, the dialog stays and says why. */
  onConfirm: () => Promise<unknown> | undefined;
  /** Called when it is done, and when the person would rather not. */
  onClose: () => void;
}

/** Asks once, in words, before something destructive. *Cancel* has the focus. */
export function ConfirmDialog({
  title,
  children,
  size = 'small',
  confirm,
  destroys = true,
  off = false,
  onConfirm,
  onClose,
}: ConfirmDialogProps) {
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<string>();

  async function run(): Promise<void> {
    setRunning(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (failed) {
      setError(errorWords(failed));
      setRunning(false);
    }
  }

  return (
    <Dialog
      title={title}
      size={size}
      onClose={onClose}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            Cancel
          </Button>
          <Button look={destroys ? 'destructive' : 'primary'} off={off || running} onClick={() => void run()}>
            {confirm}
          </Button>
        </>
      }
    >
      <div className="hostile">{children}</div>
      {error !== undefined && (
        <p role="alert" className="mt-3 text-bad">
          <AgentText text={error} brief limit={LONGEST_WORDS} />
        </p>
      )}
    </Dialog>
  );
}
