import { X } from 'lucide-react';
import { useState } from 'react';
import type { State } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button, IconButton } from '../design/button.tsx';
import { Strip } from '../design/strip.tsx';
import { href } from '../navigation/route.ts';
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
    <div role="status">
      {offline && (
        <Strip tone="bad">
          Greenlight does not answer. It may have been stopped: start it again. This page connects by itself
          {state === undefined ? '.' : '; until then it shows what was true before.'}
        </Strip>
      )}
      {error !== undefined && !offline && (
        <Strip
          tone="bad"
          actions={
            <Button size="small" onClick={store.load}>
              Try again
            </Button>
          }
        >
          <AgentText text={error} brief limit={400} />
        </Strip>
      )}
      {state?.upstream.message !== undefined &&
        !['connected', 'starting'].includes(state.upstream.status) && (
          <Strip tone="bad">
            <AgentText text={state.upstream.message} />
          </Strip>
        )}
      {state?.problems.map(({ id, message }) => (
        <Strip
          key={id}
          tone="bad"
          actions={
            id === 'outside' && (
              <a href={href('approvals')} className="underline underline-offset-2">
                Look at it
              </a>
            )
          }
        >
          <AgentText text={message} />
        </Strip>
      ))}
      {state?.notifier.working === false && (
        <Notice id="notifier" ask="Why?" more={state.notifier.message}>
          Notifications do not work here: calls wait on this page only.
        </Notice>
      )}
      {state?.desktop?.noTray !== undefined && (
        <Notice id="tray" ask="What to do" more={state.desktop.noTray}>
          This desktop has no tray: closing this window minimises it, or quits Greenlight.
        </Notice>
      )}
    </div>
  );
}

/** Said until it was read, once per tab: a server has no desktop to notify, and that is then no news. */
function Notice({
  id,
  ask,
  more,
  children,
}: {
  /** Under which name it is kept that it was read. */
  id: string;
  /** What opens `more`. */
  ask: string;
  more: string | undefined;
  children: string;
}) {
  const key = `greenlight-${id}-notice-read`;
  const [read, setRead] = useState(() => sessionStorage.getItem(key) !== null);
  const [open, setOpen] = useState(false);
  if (read) return null;
  return (
    <Strip
      tone="warn"
      actions={
        <>
          {more !== undefined && (
            <Button look="quiet" size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
              {ask}
            </Button>
          )}
          <IconButton
            label="Dismiss"
            size="small"
            icon={<X />}
            onClick={() => {
              sessionStorage.setItem(key, '1');
              setRead(true);
            }}
          />
        </>
      }
    >
      {children}
      {open && more !== undefined && (
        <div>
          <AgentText text={more} />
        </div>
      )}
    </Strip>
  );
}
