import { useState } from 'react';
import type { Result } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { useTransport } from '../store/use-live.ts';
import { errorWords } from '../text/error-words.ts';

/** A test call, from the press of the button to what the agent read. */
export type Trial =
  | { kind: 'none' }
  | { kind: 'running' }
  | { kind: 'answered'; answer: Result<'demo.call'> }
  | { kind: 'failed'; message: string };

/** Sends a test call through the real proxy. It is not over until the person has answered. */
export function useTrial(): { trial: Trial; start: () => void; dismiss: () => void } {
  const transport = useTransport();
  const [trial, setTrial] = useState<Trial>({ kind: 'none' });
  const start = () => {
    setTrial({ kind: 'running' });
    transport.call('demo.call', {}).then(
      (answer) => setTrial({ kind: 'answered', answer }),
      (error: unknown) => setTrial({ kind: 'failed', message: errorWords(error) }),
    );
  };
  return { trial, start, dismiss: () => setTrial({ kind: 'none' }) };
}

/** How the test call goes; nothing when there is none. */
export function TrialStatus({ trial, onDismiss }: { trial: Trial; onDismiss: () => void }) {
  if (trial.kind === 'none') return <div role="status" />;
  return (
    <Card role="status" className="flex items-start justify-between gap-4 px-5 py-3 max-sm:px-4">
      <div className="hostile min-w-0">
        {trial.kind === 'running' && (
          <p>
            A test call is at the gate. It waits until you answer it, as an agent’s would; what runs is the
            sandbox, so nothing is spent.
          </p>
        )}
        {trial.kind === 'failed' && (
          <p>
            The test call could not be sent. <AgentText text={trial.message} brief limit={400} />
          </p>
        )}
        {trial.kind === 'answered' && (
          <>
            <p className="mb-1 font-semibold">
              {trial.answer.isError
                ? 'The test call was refused. The agent read:'
                : 'The test call ran in the sandbox, and nothing was spent. The agent read:'}
            </p>
            <div className="font-mono text-[13px] text-muted">
              <AgentText text={trial.answer.text} limit={300} />
            </div>
          </>
        )}
      </div>
      {trial.kind !== 'running' && (
        <Button size="small" look="quiet" onClick={onDismiss}>
          Dismiss
        </Button>
      )}
    </Card>
  );
}
