import { Inbox } from 'lucide-react';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/states.tsx';

interface NothingProps {
  /** Whether a test call is on its way. */
  trying: boolean;
  off: boolean;
  onTry: () => void;
}

/** In the place of the cards: what will appear here, and a way to see it. */
export function Nothing({ trying, off, onTry }: NothingProps) {
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
      When an agent wants to make a video, its call stops here, with everything it would send, until you allow
      or deny it.
    </EmptyState>
  );
}
