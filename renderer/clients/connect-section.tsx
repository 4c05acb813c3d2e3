import { ChevronRight, Download, Undo2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { ConnectTarget } from '../../shared/contract.ts';
import { isProtectable, refusedOf } from '../../shared/found-server.ts';
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
import { namesOf, useDead } from './found-servers.tsx';

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
  const past = target.servers.filter(isProtectable).length;
  const refused = refusedOf(target.servers);
  const dead = useDead()(target.servers);
  const close = () => setAsking(undefined);
  const connect = () => setAsking('connect');
  const of = <span className="sr-only"> {name}</span>;
  return (
    <li aria-label={name} className="flex flex-col gap-3 px-5 py-3.5 max-sm:px-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-96">
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
              Undo…{of}
            </Button>
          )}
          {target.bundle === true && (
            <Button icon={<Download />} onClick={() => setAsking('bundle')}>
              Save the bundle…{of}
            </Button>
          )}
          {path === undefined ? (
            <Button onClick={onByHand}>Get a snippet…{of}</Button>
          ) : (
            <Button look={connected || !detected ? 'plain' : 'primary'} onClick={connect}>
              {connected ? 'Connect again…' : 'Connect…'}
              {of}
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
        <Asking tone="warn" button="Take over…" about={`the way to Luma of ${name}`} onAsk={connect}>
          {name} also reaches Luma directly, as <AgentText text={direct.join(', ')} brief />. Those calls pass
          Greenlight by: no policy, no question, no log.
        </Asking>
      )}
      {dead.length > 0 && (
        <Asking tone="warn" button="Connect again…" about={`${name}, for what leads nowhere`} onAsk={connect}>
          <AgentText text={namesOf(dead)} brief limit={200} /> in its file{' '}
          {dead.length === 1 ? 'leads to a server' : 'lead to servers'} that Greenlight has no more: nothing
          answers there. Connected again, {name} has what stood there before you protected it, or nothing
          where Greenlight does not know that.
        </Asking>
      )}
      {connected && past > 0 && (
        <Asking tone="info" button="Protect…" about={`the other servers of ${name}`} onAsk={connect}>
          {past === 1 ? 'Another MCP server' : `${past} other MCP servers`} of {name}{' '}
          {past === 1 ? 'is' : 'are'} not behind Greenlight.
        </Asking>
      )}
      {connected && refused.length > 0 && (
        <p className="hostile text-[13px] text-muted">
          Reached past Greenlight, which cannot stand before {refused.length === 1 ? 'it' : 'them'}:{' '}
          <AgentText text={namesOf(refused)} brief limit={200} />. <em>Connect again…</em> says why.
        </p>
      )}
      {asking === 'connect' && <ConnectDialog target={target} onApplied={onChanged} onClose={close} />}
      {asking === 'bundle' && <BundleDialog target={target} onClose={close} />}
      {asking === 'undo' && <UndoDialog target={target} onUndone={onChanged} onClose={close} />}
    </li>
  );
}

interface AskingProps {
  tone: 'info' | 'warn';
  button: string;
  /** What the button is for, where it is only heard. */
  about: string;
  onAsk: () => void;
  /** What there is to know. */
  children: ReactNode;
}

/** What stands in a client's file, with the button that asks about it. */
function Asking({ tone, button, about, onAsk, children }: AskingProps) {
  return (
    <Banner
      tone={tone}
      action={
        <Button size="small" onClick={onAsk}>
          {button}
          <span className="sr-only"> {about}</span>
        </Button>
      }
    >
      {children}
    </Banner>
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
        const { path, backup } = await transport.call('connect.undo', { target: target.id });
        toast({
          text:
            backup === undefined
              ? `${target.name} is as it was, and its grant is revoked: ${path}.`
              : `What Greenlight changed in ${path} is taken back, and the grant of ${target.name} is revoked. What was changed there since stays, and so does the backup ${backup}, which may hold secrets.`,
        });
        onUndone();
      }}
      onClose={onClose}
    >
      Greenlight takes its entry out of {target.name}’s configuration again, and puts back what it replaced.
      What you changed there since stays. The client’s grant is revoked: nobody gets in with its token any
      more.
      {target.servers.some(({ greenlight, name }) => greenlight && name !== 'greenlight') &&
        ' Its other servers are reached directly again; what Greenlight has of them stays under Servers.'}{' '}
      Greenlight itself goes on reaching Luma as Settings say.
    </ConfirmDialog>
  );
}
