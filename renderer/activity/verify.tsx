import { X } from 'lucide-react';
import type { Result } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { IconButton } from '../design/button.tsx';
import { ErrorState, Spinner } from '../design/states.tsx';
import { dayWords } from '../text/kept.ts';
import { callsWords } from './words.ts';

interface VerifiedProps {
  running: boolean;
  answer: Result<'activity.verify'> | undefined;
  error: string | undefined;
  onDismiss: () => void;
}

/** Whether the log is as it was written, as a sentence. */
export function Verified({ running, answer, error, onDismiss }: VerifiedProps) {
  if (running) {
    return (
      <Banner tone="info">
        <span role="status" className="flex items-center gap-2">
          <Spinner /> Checking every call against the seal of the one before…
        </span>
      </Banner>
    );
  }
  if (error !== undefined) return <ErrorState message={`The log was not checked. ${error}`} />;
  if (answer === undefined) return null;
  return (
    <div role={answer.valid ? 'status' : 'alert'}>
      <Banner
        tone={answer.valid ? 'good' : 'bad'}
        action={<IconButton label="Dismiss" size="small" icon={<X />} onClick={onDismiss} />}
      >
        {answer.valid ? (
          answer.rows === 0 ? (
            'The log is empty, and nothing is missing from it.'
          ) : (
            `The log is as it was written${answer.from === undefined ? '' : ` from ${dayWords(answer.from)} on`}: ${callsWords(answer.rows)} checked, none changed, added or removed.`
          )
        ) : (
          <>
            The log is not as it was written. <AgentText text={answer.message ?? ''} /> Keep a copy of the
            data folder before anything else.
          </>
        )}
      </Banner>
    </div>
  );
}
