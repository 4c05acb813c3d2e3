import {
  Clapperboard,
  Inbox,
  type LucideIcon,
  PlugZap,
  ScrollText,
  Server,
  Settings as SettingsIcon,
  ShieldCheck,
} from 'lucide-react';
import type { State } from '../../shared/contract.ts';
import { isAway, serversWords } from '../../shared/server-words.ts';
import { AgentText } from '../design/agent-text.tsx';
import { LogoMark } from '../design/logo-mark.tsx';
import { href, PAGES, type PageId, type Route } from '../navigation/route.ts';
import { markedText } from '../text/visible.ts';
import { upstreamWords } from '../text/words.ts';
import type { TransportStatus } from '../transport/transport.ts';
import { Guard } from './guard.tsx';
import { Passing } from './passing.tsx';
import { SpentToday } from './spent-today.tsx';

const LOOKS: Record<PageId, { label: string; Icon: LucideIcon }> = {
  approvals: { label: 'Approvals', Icon: Inbox },
  videos: { label: 'Videos', Icon: Clapperboard },
  policies: { label: 'Policies', Icon: ShieldCheck },
  clients: { label: 'Clients', Icon: PlugZap },
  servers: { label: 'Servers', Icon: Server },
  activity: { label: 'Activity', Icon: ScrollText },
  settings: { label: 'Settings', Icon: SettingsIcon },
};

/** What a page is called. */
export function pageLabel(page: Route['page']): string {
  return page === 'welcome' ? 'Welcome' : LOOKS[page].label;
}

interface SidebarProps {
  page: Route['page'];
  /** Absent until it is known. */
  state: State | undefined;
  connection: TransportStatus;
  costUnit: string;
  /** How many approvals wait. */
  waiting: number;
}

/** The pages, how the upstream is, and the guard mode. Icons alone in a narrow window. */
export function Sidebar({ page, state, connection, costUnit, waiting }: SidebarProps) {
  const several = state !== undefined && state.servers.length > 1;
  return (
    <header className="flex h-full w-[14.5rem] shrink-0 flex-col gap-1 overflow-y-auto border-r border-line bg-sidebar p-3 max-rail:w-16 max-rail:items-center max-rail:px-2">
      <p className="flex items-center gap-2.5 px-2 pt-1 pb-4 text-[15px] font-semibold tracking-[-0.01em] max-rail:px-0">
        <LogoMark />
        <span className="max-rail:sr-only">Greenlight</span>
      </p>
      <nav aria-label="Pages" className="w-full">
        <ul className="flex flex-col gap-0.5">
          {PAGES.filter((id) => id !== 'servers' || several || page === 'servers').map((id) => (
            <li key={id}>
              <PageLink id={id} current={id === page} waiting={id === 'approvals' ? waiting : 0} />
            </li>
          ))}
        </ul>
      </nav>
      <div className="mt-auto flex w-full flex-col gap-2 pt-4">
        <UpstreamLine state={state} connection={connection} />
        {state !== undefined && <SpentToday costUnit={costUnit} />}
        {state !== undefined && <Passing costUnit={costUnit} online={connection === 'online'} />}
        {state !== undefined && <Guard guard={state.guard} online={connection === 'online'} />}
      </div>
    </header>
  );
}

function PageLink({ id, current, waiting }: { id: PageId; current: boolean; waiting: number }) {
  const { label, Icon } = LOOKS[id];
  return (
    <a
      href={href(id)}
      title={label}
      aria-current={current ? 'page' : undefined}
      className="relative flex h-8 cursor-default items-center gap-2.5 rounded-lg px-2 text-muted select-none hover:bg-hover hover:text-text aria-[current=page]:bg-hover aria-[current=page]:font-semibold aria-[current=page]:text-text max-rail:h-10 max-rail:justify-center forced-colors:aria-[current=page]:outline-2"
    >
      <Icon />
      <span className="max-rail:sr-only">{label}</span>
      {waiting > 0 && (
        <span className="meaning ml-auto min-w-5 rounded-full bg-accent px-1.5 text-center text-xs leading-5 font-semibold text-on-accent tabular-nums max-rail:absolute max-rail:top-0 max-rail:right-0 max-rail:min-w-4 max-rail:px-1 max-rail:text-[10px] max-rail:leading-4">
          {waiting}
          <span className="sr-only"> waiting</span>
        </span>
      )}
    </a>
  );
}

function UpstreamLine({ state, connection }: Pick<SidebarProps, 'state' | 'connection'>) {
  const words =
    connection === 'offline'
      ? 'Greenlight is not running'
      : state === undefined
        ? 'Connecting…'
        : state.servers.length > 1
          ? serversWords(state.servers)
          : upstreamWords(state.upstream);
  const servers = state?.servers ?? [];
  const good =
    connection === 'online' && servers.length > 0 && servers.every(({ status }) => status === 'connected');
  const bad = connection === 'offline' || servers.some(isAway);
  return (
    <p
      title={markedText(words)}
      className="hostile flex items-center gap-2 px-2 text-[13px] leading-4 text-muted max-rail:justify-center"
    >
      <span
        aria-hidden="true"
        className={`meaning size-2 shrink-0 rounded-full ${good ? 'bg-accent' : bad ? 'bg-bad' : 'bg-line-strong'}`}
      />
      <span className="min-w-0 max-rail:sr-only">
        <AgentText text={words} brief limit={160} />
      </span>
    </p>
  );
}
