import { ChevronRight, Download, Undo2 } from 'lucide-react';
import { useState } from 'react';
import type { ConnectTarget } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useTransport } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { BundleDialog } from './bundle-dialog.tsx';
import { ConnectDialog } from './connect-dialog.tsx';

/** The applications that Greenlight can set up, those found on this computer first. */
export function ConnectSection({ onByHand }: { onByHand: () => void }) {
  const { data, error, reload } = useMethod('connect.targets', {}, { refetchOn: ['clients'] });
  const found = data?.targets.filter(({ detected, connected }) => detected || connected) ?? [];
  // A client that Greenlight does not know is one entry; in which form it takes what is to be entered, is asked then.
  const unknown = data?.targets.find(({ form }) => form !== undefined);
  const others =
    data?.targets.filter(
      (target) => target === unknown || (target.form === undefined && !found.includes(target)),
    ) ?? [];
  const row = (target: ConnectTarget) => (
    <TargetRow key={target.id} target={target} onChanged={reload} onByHand={onByHand} />
  );

  return (
    <section aria-labelledby="connect-title" className="flex flex-col gap-3">
      <div>
        <h2 id="connect-title" className="text-base font-semibold">
          Connect a client
        </h2>
        <p className="text-muted">
          Greenlight writes itself into an application’s configuration. You see the exact change first, and
          can undo it.
        </p>
      </div>
      {error !== undefined && (
        <ErrorState message={`Your applications could not be looked for. ${error}`} onRetry={reload} />
      )}
      {data === undefined && error === undefined && <Loading what="your applications" />}
      {data !== undefined && found.length === 0 && (
        <p className="text-muted">
          None of the applications that Greenlight knows was found on this computer.
        </p>
      )}
      {found.length > 0 && (
        <Card>
          <ul aria-label="Applications on this computer" className="divide-y divide-line">
            {found.map(row)}
          </ul>
        </Card>
      )}
      {others.length > 0 && (
        <details className="group" open={found.length === 0}>
          <summary className="flex w-fit items-center gap-1.5 rounded-lg py-1 pr-2 text-muted hover:text-text">
            <span className="transition-transform duration-100 group-open:rotate-90">
              <ChevronRight />
            </span>
            Other applications
          </summary>
          <Card className="mt-2">
            <ul aria-label="Other applications" className="divide-y divide-line">
              {others.map(row)}
            </ul>
          </Card>
        </details>
      )}
    </section>
  );
}

const ANOTHER_WORDS =
  'Any client of MCP: you give it a name, and get what is to be entered there as JSON (with the address, or a command), TOML or YAML.';

interface TargetRowProps {
  target: ConnectTarget;
  onChanged: () => void;
  onByHand: () => void;
}

function TargetRow({ target, onChanged, onByHand }: TargetRowProps) {
  const [asking, setAsking] = useState<'connect' | 'bundle' | 'undo'>();
  const { name, path, connected, direct, undoable, todo, detected, form } = target;
  const note = form === undefined ? target.note : ANOTHER_WORDS;
  const close = () => setAsking(undefined);
  return (
    <li aria-label={name} className="flex flex-col gap-3 px-5 py-3.5 max-sm:px-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            {name}
            {connected ? <Badge tone="good">Connected</Badge> : detected && <Badge tone="quiet">Found</Badge>}
          </p>
          {path !== undefined && (
            <p className="hostile font-mono text-xs text-muted">
              <AgentText text={path} brief limit={200} />
            </p>
          )}
          {note !== undefined && (
            <p className="hostile text-[13px] text-muted">
              <AgentText text={note} brief limit={400} />
            </p>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          {undoable && (
            <Button icon={<Undo2 />} onClick={() => setAsking('undo')}>
              Undo…
            </Button>
          )}
          {target.bundle === true && (
            <Button icon={<Download />} onClick={() => setAsking('bundle')}>
              Save the bundle…
            </Button>
          )}
          {path === undefined ? (
            <Button onClick={onByHand}>Get a snippet…</Button>
          ) : (
            <Button look={connected || !detected ? 'plain' : 'primary'} onClick={() => setAsking('connect')}>
              {connected ? 'Connect again…' : 'Connect…'}
            </Button>
          )}
        </div>
      </div>
      {todo !== undefined && (
        <Banner tone="info">
          {name} was not seen yet. <AgentText text={todo} brief limit={400} />
        </Banner>
      )}
      {direct.length > 0 && (
        <Banner
          tone="warn"
          action={
            <Button size="small" onClick={() => setAsking('connect')}>
              Take over…
            </Button>
          }
        >
          {name} also reaches Luma directly, as <AgentText text={direct.join(', ')} brief />. Those calls pass
          Greenlight by: no policy, no question, no log.
        </Banner>
      )}
      {asking === 'connect' && <ConnectDialog target={target} onApplied={onChanged} onClose={close} />}
      {asking === 'bundle' && <BundleDialog target={target} onClose={close} />}
      {asking === 'undo' && <UndoDialog target={target} onUndone={onChanged} onClose={close} />}
    </li>
  );
}

function UndoDialog({
  target,
  onUndone,
  onClose,
}: {
  target: ConnectTarget;
  onUndone: () => void;
  onClose: () => void;
}) {
  const transport = useTransport();
  const toast = useToast();
  return (
    <ConfirmDialog
      title={`Disconnect ${target.name}?`}
      confirm="Undo the change"
      onConfirm={async () => {
        const { path } = await transport.call('connect.undo', { target: target.id });
        toast({ text: `${target.name} is as it was, and its grant is revoked: ${path}.` });
        onUndone();
      }}
      onClose={onClose}
    >
      Greenlight takes its entry out of {target.name}’s configuration again, and puts back what it replaced.
      What you changed there since stays. The client’s grant is revoked: nobody gets in with its token any
      more.
    </ConfirmDialog>
  );
}
