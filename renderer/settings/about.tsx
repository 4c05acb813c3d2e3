import { AgentText } from '../design/agent-text.tsx';
import { Card } from '../design/card.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { useLoaded } from '../store/use-live.ts';
import { Diagnostics } from './diagnostics.tsx';

/** Which Greenlight this is, where everything is kept, and by what. */
export function About() {
  const { dataDir, secrets, secretsOpen, version } = useLoaded().state;
  return (
    <Card title="About">
      <dl className="grid grid-cols-[9rem_minmax(0,1fr)] gap-x-4 gap-y-3 max-sm:grid-cols-1 max-sm:gap-y-1">
        <dt className="text-muted">Data folder</dt>
        <dd className="flex items-start justify-between gap-3">
          <span className="hostile font-mono text-[13px]">
            <AgentText text={dataDir} brief limit={300} />
          </span>
          <CopyButton text={dataDir} label="Copy the path of the data folder" />
        </dd>
        <dt className="text-muted">Secrets are kept by</dt>
        <dd className="hostile">
          <AgentText text={secrets} brief limit={200} />
          {secretsOpen && (
            <p className="text-muted">
              Programs that run as you can read them there, and with them the key that seals what you
              accepted. The seal then keeps out mistakes, not an agent that runs commands and means to: run
              such an agent as another user or in a container.
            </p>
          )}
        </dd>
        <dt className="text-muted">Version</dt>
        <dd className="flex items-start justify-between gap-3">
          <span>Greenlight {version}</span>
          <Diagnostics />
        </dd>
      </dl>
    </Card>
  );
}
