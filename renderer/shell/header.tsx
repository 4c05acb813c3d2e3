import type { State } from '../../shared/contract.ts';
import { LogoMark } from '../design/icons.tsx';
import { upstreamWords } from '../text/words.ts';
import type { TransportStatus } from '../transport/transport.ts';
import { Guard } from './guard.tsx';

interface HeaderProps {
  /** Absent until it is known. */
  state: State | undefined;
  connection: TransportStatus;
}

/** The top of the window: what this is, how the upstream is, and the guard mode. */
export function Header({ state, connection }: HeaderProps) {
  return (
    <header className="sticky top-0 z-10 border-b border-line bg-bg max-sm:static">
      <div className="mx-auto flex max-w-[78rem] flex-wrap items-center justify-between gap-x-6 gap-y-2 px-6 py-2.5 max-sm:px-4">
        <h1 className="flex items-center gap-2.5 text-[15px] font-semibold tracking-[-0.01em]">
          <LogoMark />
          Greenlight
        </h1>
        <UpstreamLine state={state} connection={connection} />
        {state !== undefined && <Guard guard={state.guard} online={connection === 'online'} />}
      </div>
    </header>
  );
}

function UpstreamLine({ state, connection }: HeaderProps) {
  const words =
    connection === 'offline'
      ? 'Not running'
      : state === undefined
        ? 'Connecting…'
        : upstreamWords(state.upstream);
  const good = connection === 'online' && state?.upstream.status === 'connected';
  const bad = connection === 'offline' || (state !== undefined && /^un/.test(state.upstream.status));
  return (
    <p className="flex items-center gap-2 text-[13px] text-muted lg:order-1">
      <span
        aria-hidden="true"
        className={`meaning size-2 rounded-full ${good ? 'bg-accent' : bad ? 'bg-bad' : 'bg-line-strong'}`}
      />
      {words}
    </p>
  );
}
