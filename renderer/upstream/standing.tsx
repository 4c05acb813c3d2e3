import { RefreshCw } from 'lucide-react';
import type { UpstreamStatus } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Spinner } from '../design/states.tsx';
import { useCall } from '../store/use-method.ts';
import { statusSentence } from './upstream-words.ts';

const TONES: Record<UpstreamStatus['status'], 'good' | 'info' | 'bad'> = {
  connected: 'good',
  starting: 'info',
  unreachable: 'bad',
  unauthorized: 'bad',
};

/** Where the upstream stands, with *Test*. */
export function Standing({ server, upstream }: { server: string; upstream: UpstreamStatus }) {
  const test = useCall('upstream.test');
  return (
    <div role="status" aria-label="Where the upstream stands">
      <Banner
        tone={TONES[upstream.status]}
        action={
          <Button
            size="small"
            icon={test.running ? <Spinner /> : <RefreshCw />}
            off={test.running}
            onClick={() => void test.run({ server })}
          >
            {test.running ? 'Testing…' : 'Test'}
          </Button>
        }
      >
        <span className="hostile">
          <AgentText text={test.error ?? statusSentence(upstream)} />
        </span>
      </Banner>
    </div>
  );
}
