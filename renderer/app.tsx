import { Suspense, useCallback, useEffect, useRef, useState } from 'react';
import type { Tool } from '../shared/contract.ts';
import { ServerNames } from './design/server-name.tsx';
import { Loading } from './design/states.tsx';
import { ToastProvider } from './design/toast.tsx';
import { ToolTitles } from './design/tool-name.tsx';
import { TooltipProvider } from './design/tooltip.tsx';
import { Announcer } from './feed/announcer.tsx';
import { type Route, useRoute } from './navigation/route.ts';
import { GuardNotice } from './shell/guard.tsx';
import { useKeptFocus } from './shell/keep-focus.ts';
import { KeyPage } from './shell/key-page.tsx';
import { Notices } from './shell/notices.tsx';
import { PageBoundary } from './shell/page-boundary.tsx';
import { PAGE_COMPONENTS } from './shell/pages.tsx';
import { pageLabel, Sidebar } from './shell/sidebar.tsx';
import { SnoozeNotice } from './shell/snooze.tsx';
import { useLive } from './store/use-live.ts';
import { useMethod } from './store/use-method.ts';

/** Whether this is the small window beside the tray, which has no room for the sidebar. */
const COMPACT = new URLSearchParams(location.search).has('compact');

/** The window: the sidebar, what is wrong right now, and one page. */
export function App() {
  const { connection, loaded, error } = useLive();
  const route = useRoute() ?? {
    page: loaded?.settings.welcomed === false ? 'welcome' : 'approvals',
    path: [],
  };
  const main = useRef<HTMLElement>(null);
  const waiting = loaded?.approvals.length ?? 0;
  useKeptFocus(main);
  const [offered, setOffered] = useState<Readonly<Record<string, readonly Tool[]>>>({});
  const know = useCallback(
    (server: string, tools: readonly Tool[]) => setOffered((known) => ({ ...known, [server]: tools })),
    [],
  );
  const theme = loaded?.settings.theme ?? 'system';

  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${pageLabel(route.page)} · Greenlight`;
  }, [waiting, route.page]);

  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a page begins at its top.
  useEffect(() => {
    main.current?.scrollTo(0, 0);
  }, [route.page]);

  if (connection === 'unauthorized') return <KeyPage refused />;
  return (
    <TooltipProvider>
      <ToastProvider>
        {loaded?.state.servers.map(({ id }) => (
          <OfferedBy key={id} server={id} onKnown={know} />
        ))}
        <ServerNames servers={loaded?.state.servers ?? []}>
          <ToolTitles tools={offered}>
            <div className="flex h-dvh">
              <SkipLink to={main} />
              {!COMPACT && (
                <Sidebar
                  page={route.page}
                  state={loaded?.state}
                  connection={connection}
                  costUnit={loaded?.settings.costUnit ?? ''}
                  waiting={waiting}
                />
              )}
              <main
                id="main"
                ref={main}
                tabIndex={-1}
                className="relative flex min-w-0 flex-1 flex-col overflow-y-auto outline-none rail:[scrollbar-gutter:stable]"
              >
                {loaded !== undefined && (
                  <>
                    <GuardNotice guard={loaded.state.guard} online={connection === 'online'} />
                    <SnoozeNotice
                      snooze={loaded.state.snooze}
                      whileSnoozed={loaded.settings.notifications.whileSnoozed}
                      online={connection === 'online'}
                    />
                  </>
                )}
                {loaded !== undefined && <Announcer approvals={loaded.approvals} />}
                <Notices
                  state={loaded?.state}
                  connection={connection}
                  error={error}
                  told={route.page === 'servers' ? route.path[0] : undefined}
                  listed={route.page === 'servers' && route.path[0] === undefined}
                />
                {loaded === undefined ? (
                  <p role="status" className="py-16 text-center text-muted">
                    {connection === 'offline' || error !== undefined ? 'Nothing to show yet.' : 'Connecting…'}
                  </p>
                ) : (
                  <CurrentPage route={route} />
                )}
              </main>
            </div>
          </ToolTitles>
        </ServerNames>
      </ToastProvider>
    </TooltipProvider>
  );
}

/** Asks what a server offers, and hands it on; shows nothing. */
function OfferedBy({
  server,
  onKnown,
}: {
  server: string;
  onKnown: (server: string, tools: readonly Tool[]) => void;
}) {
  const { data } = useMethod('upstream.tools', { server }, { refetchOn: ['upstream'] });
  useEffect(() => {
    if (data !== undefined) onKnown(server, data.tools);
  }, [data, server, onKnown]);
  return null;
}

function CurrentPage({ route }: { route: Route }) {
  const Component = PAGE_COMPONENTS[route.page];
  return (
    <PageBoundary key={route.page}>
      <Suspense fallback={<Loading what="the page" />}>
        <Component path={route.path} />
      </Suspense>
    </PageBoundary>
  );
}

function SkipLink({ to }: { to: React.RefObject<HTMLElement | null> }) {
  return (
    <button
      type="button"
      onClick={() => to.current?.focus()}
      className="sr-only rounded-lg bg-raised px-3 py-2 shadow-float focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50"
    >
      Skip to the page
    </button>
  );
}
