import type { State } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { useStore } from '../store/use-live.ts';
import type { TransportStatus } from '../transport/transport.ts';

interface NoticesProps {
  state: State | undefined;
  connection: TransportStatus;
  /** Why the last loading failed. */
  error: string | undefined;
}

/** Everything that is wrong right now, each with what to do. */
export function Notices({ state, connection, error }: NoticesProps) {
  const store = useStore();
  const offline = connection === 'offline';
  return (
    <div
      role="status"
      className="mx-auto flex w-full max-w-[70rem] flex-col gap-2 px-8 pt-6 empty:hidden max-sm:px-4 max-sm:pt-4"
    >
      {offline && (
        <Banner tone="bad">
          Greenlight does not answer. It may have been stopped: start it again. This page connects by itself
          {state === undefined ? '.' : '; until then it shows what was true before.'}
        </Banner>
      )}
      {error !== undefined && !offline && (
        <Banner
          tone="bad"
          action={
            <Button size="small" onClick={store.load}>
              Try again
            </Button>
          }
        >
          {error}
        </Banner>
      )}
      {state?.upstream.message !== undefined && state.upstream.status !== 'connected' && (
        <Banner tone="bad">
          <AgentText text={state.upstream.message} />
        </Banner>
      )}
      {state?.problems.map(({ id, message }) => (
        <Banner key={id} tone="bad">
          <AgentText text={message} />
        </Banner>
      ))}
      {state?.notifier.working === false && (
        <Banner tone="warn">
          Notifications do not work, so calls are asked about on this page only.{' '}
          <AgentText text={state.notifier.message ?? ''} />
        </Banner>
      )}
    </div>
  );
}
