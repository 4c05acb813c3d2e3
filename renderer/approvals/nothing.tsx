import { Inbox } from 'lucide-react';
import type { State } from '../../shared/contract.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/states.tsx';

interface NothingProps {
  /** Whether a test call is on its way. */
  trying: boolean;
  off: boolean;
  /** How calls are judged now. */
  mode: State['guard']['mode'];
  onTry: () => void;
}

const WORDS: Record<NothingProps['mode'], string> = {
  policy:
    'When the policy wants you to be asked about a call, it stops here, with everything it would send, until you allow or deny it.',
  ask: 'Every call of an agent stops here, with everything it would send, until you allow or deny it.',
  allow: 'Nothing is asked while calls run without asking. Activity has what ran.',
  block: 'Nothing is asked while everything is blocked: every call is denied. Activity has what was denied.',
};

/** In the place of the cards: what will appear here, and a way to see it. */
export function Nothing({ trying, off, mode, onTry }: NothingProps) {
  return (
    <EmptyState
      icon={<Inbox />}
      title="Nothing is waiting"
      action={
        <Button off={trying || off} onClick={onTry}>
          {trying ? 'Sending a test call…' : 'Try it with a test call'}
        </Button>
      }
    >
      {WORDS[mode]}
    </EmptyState>
  );
}
