import './zod-jitless.ts';
import './design/app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { KeyPage } from './shell/key-page.tsx';
import { LiveStore } from './store/live-store.ts';
import { LiveContext } from './store/use-live.ts';
import { HttpTransport } from './transport/http.ts';
import { ipcTransport } from './transport/ipc.ts';
import { takeKey } from './transport/key.ts';
import type { Transport } from './transport/transport.ts';

/** The page with a connection, or, without a key, what to do about that. */
function page() {
  const transport = ipcTransport() ?? httpTransport();
  if (transport === undefined) return <KeyPage refused={false} />;
  const store = new LiveStore(transport);
  return (
    <LiveContext value={store}>
      <App />
    </LiveContext>
  );
}

/** The transport of the browser host; undefined without a key. */
function httpTransport(): Transport | undefined {
  const key = takeKey({ location, history, storage: sessionStorage });
  return key === undefined ? undefined : new HttpTransport({ origin: location.origin, key });
}

// The whole address pasted into this tab changes the fragment only; the key in it must be taken up anew.
addEventListener('hashchange', () => {
  if (/[#&]key=/.test(location.hash)) location.reload();
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root.');
createRoot(root).render(<StrictMode>{page()}</StrictMode>);
