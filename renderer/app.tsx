import { useEffect } from 'react';
import { Calls } from './activity/calls.tsx';
import { Approvals } from './approvals/approvals.tsx';
import { Connect } from './shell/connect.tsx';
import { GuardNotice } from './shell/guard.tsx';
import { Header } from './shell/header.tsx';
import { KeyPage } from './shell/key-page.tsx';
import { Notices } from './shell/notices.tsx';
import type { Loaded } from './store/snapshot.ts';
import { useLive } from './store/use-live.ts';

/** The window. */
export function App() {
  const { connection, loaded, error } = useLive();
  const pending = loaded?.approvals.length ?? 0;
  const theme = loaded?.settings.theme ?? 'system';

  useEffect(() => {
    document.title = pending > 0 ? `(${pending}) Greenlight` : 'Greenlight';
  }, [pending]);

  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);

  if (connection === 'unauthorized') return <KeyPage refused />;
  return (
    <>
      <Header state={loaded?.state} connection={connection} />
      {loaded !== undefined && <GuardNotice guard={loaded.state.guard} />}
      <main className="mx-auto flex max-w-[62rem] flex-col gap-6 px-6 py-6 max-sm:gap-5 max-sm:px-4 max-sm:py-4">
        <Notices state={loaded?.state} connection={connection} error={error} />
        {loaded === undefined ? (
          <p role="status" className="py-16 text-center text-muted">
            {connection === 'offline' || error !== undefined
              ? 'Nothing to show yet.'
              : 'Asking Greenlight what is waiting…'}
          </p>
        ) : (
          <Pages loaded={loaded} online={connection === 'online'} />
        )}
      </main>
    </>
  );
}

function Pages({ loaded, online }: { loaded: Loaded; online: boolean }) {
  const { approvals, activity, settings, state } = loaded;
  return (
    <>
      <Approvals approvals={approvals} costUnit={settings.costUnit} online={online} />
      <Calls rows={activity} />
      <Connect mcpUrl={state.mcpUrl} open={activity.length === 0} />
    </>
  );
}
