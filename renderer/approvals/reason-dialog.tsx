import { useId, useState } from 'react';
import type { Approval } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Wants } from './wants.tsx';

interface ReasonDialogProps {
  approval: Approval;
  /** Whether the approval still waits: it may end while the person writes. */
  waiting: boolean;
  onDeny: (approval: Approval, reason: string) => void;
  onClose: () => void;
}

/** Asks why a call is denied. The agent reads the reason and can act on it. */
export function ReasonDialog({ approval, waiting, onDeny, onClose }: ReasonDialogProps) {
  const [reason, setReason] = useState('');
  const fieldId = useId();
  const helpId = useId();
  const ready = waiting && reason.trim() !== '';
  return (
    <Dialog title="Deny with a reason" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onDeny(approval, reason.trim());
        }}
      >
        <p className="hostile mb-3 text-muted">
          <AgentText text={approval.client.label} brief limit={100} /> <Wants tool={approval.tool} />.
        </p>
        <label htmlFor={fieldId} className="mb-1 block font-semibold">
          What should the agent know?
        </label>
        <textarea
          id={fieldId}
          aria-describedby={helpId}
          // The dialog is there for this one field.
          autoFocus
          rows={3}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
              event.currentTarget.form?.requestSubmit();
            }
          }}
          className="block w-full resize-y rounded-lg border border-line-strong bg-bg px-3 py-2"
        />
        <p id={helpId} aria-live="polite" className="mt-1 text-[13px] text-muted">
          {waiting
            ? 'For example: use the 9:16 shape instead, or stop making videos for today.'
            : 'This call has ended in the meantime; there is nothing left to deny.'}
        </p>
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>{waiting ? 'Cancel' : 'Close'}</Button>
          {waiting && (
            <Button type="submit" look="danger" off={!ready}>
              Deny
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
