import { Suspense, useEffect, useRef } from 'react';
import type { Tool } from '../shared/contract.ts';
import { Loading } from './design/states.tsx';
import { ToastProvider } from './design/toast.tsx';
import { ToolTitles } from './design/tool-name.tsx';
import { TooltipProvider } from './design/tooltip.tsx';
import { Announcer } from './feed/announcer.tsx';
import { type Route, useRoute } from './navigation/route.ts';
import { GuardNotice } from './shell/guard.tsx';
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

/** The same one each time: what is made of it is kept. */
const NO_TOOLS: readonly Tool[] = [];

/** The window: the sidebar, what is wrong right now, and one page. */
export function App() {
  const { connection, loaded, error } = useLive();
  const route = useRoute() ?? {
    page: loaded?.settings.welcomed === false ? 'welcome' : 'approvals',
    path: [],
  };
  const main = useRef<HTMLElement>(null);
  const waiting = loaded?.approvals.length ?? 0;
  const offered =
    useMethod('upstream.tools', loaded && {}, { refetchOn: ['upstream'] }).data?.tools ?? NO_TOOLS;
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
              className="flex min-w-0 flex-1 flex-col overflow-y-auto outline-none rail:[scrollbar-gutter:stable]"
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
              <Notices state={loaded?.state} connection={connection} error={error} />
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
      </ToastProvider>
    </TooltipProvider>
  );
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
