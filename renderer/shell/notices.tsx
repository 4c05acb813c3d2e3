import { X } from 'lucide-react';
import { useState } from 'react';
import type { State } from '../../shared/contract.ts';
import { isAway } from '../../shared/server-words.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button, IconButton } from '../design/button.tsx';
import { ServerName } from '../design/server-name.tsx';
import { Strip } from '../design/strip.tsx';
import { href } from '../navigation/route.ts';
import { useStore } from '../store/use-live.ts';
import type { TransportStatus } from '../transport/transport.ts';

interface NoticesProps {
  state: State | undefined;
  connection: TransportStatus;
  /** Why the last loading failed. */
  error: string | undefined;
  /** The server of which the page itself says what is wrong. */
  told?: string | undefined;
  /** Whether the page lists the servers, and tells of each how it stands. */
  listed?: boolean;
}

/** Servers that are named where several are away. */
const NAMED = 3;

/** Everything that is wrong right now, each with what to do. */
export function Notices({ state, connection, error, told, listed = false }: NoticesProps) {
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
      {state !== undefined && <Away servers={state.servers} told={told} listed={listed} />}
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

/** What is wrong with the one server that is away; of several, in one strip, which they are. */
function Away({
  servers,
  told,
  listed,
}: Pick<NoticesProps, 'told' | 'listed'> & { servers: State['servers'] }) {
  const away = servers.filter((server) => isAway(server) && server.id !== told);
  const [first] = away;
  if (first === undefined) return null;
  if (away.length === 1)
    return (
      first.message !== undefined && (
        <Strip tone="bad">
          <ServerName server={first.id} after=": " />
          <AgentText text={first.message} />
        </Strip>
      )
    );
  if (listed) return null;
  const more = away.length - NAMED;
  const other = servers.some((server) => isAway(server) && server.id === told) ? 'other ' : '';
  const how = away.every(({ status }) => status === 'unreachable') ? 'cannot be reached' : 'cannot be used';
  return (
    <Strip
      tone="bad"
      actions={
        <a href={href('servers')} className="underline underline-offset-2">
          Look at them
        </a>
      }
    >
      {away.length} {other}servers {how}:{' '}
      {away.slice(0, NAMED).map(({ id }, at) => (
        <ServerName key={id} server={id} before={at > 0 ? ', ' : ''} />
      ))}
      {more > 0 && ` and ${more} more`}.
    </Strip>
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
