import { useId, useState } from 'react';
import type { Approval } from '../../shared/contract.ts';
import { lumaToolOn } from '../../shared/luma.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field, TextArea } from '../design/field.tsx';
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
  const formId = useId();
  const videos = lumaToolOn(approval.server, approval.tool) !== undefined;
  const ready = waiting && reason.trim() !== '';
  return (
    <Dialog
      title="Deny with a reason"
      description={
        <>
          <AgentText text={approval.client.label} brief limit={100} /> <Wants of={approval} />.
        </>
      }
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{waiting ? 'Cancel' : 'Close'}</Button>
          {waiting && (
            <Button type="submit" form={formId} look="destructive" off={!ready}>
              Deny
            </Button>
          )}
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onDeny(approval, reason.trim());
        }}
      >
        <Field
          label="What should the agent know?"
          hint={`It reads this and can act on it. For example: ${videos ? 'use the 9:16 shape instead, or stop making videos for today' : 'use another one instead, or stop for today'}.`}
          error={waiting ? undefined : 'This call has ended in the meantime; there is nothing left to deny.'}
        >
          <TextArea
            data-autofocus
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
                event.currentTarget.form?.requestSubmit();
              }
            }}
          />
        </Field>
      </form>
    </Dialog>
  );
}
