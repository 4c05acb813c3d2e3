import { Eye, EyeOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ConnectTarget, FoundServer, Result } from '../../shared/contract.ts';
import { isPast, isProtectable } from '../../shared/found-server.ts';
import { maskLineWith } from '../../shared/mask.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { ChangeView } from '../design/change-view.tsx';
import { Checkbox } from '../design/checkbox.tsx';
import { Dialog } from '../design/dialog.tsx';
import { useServerLabel } from '../design/server-name.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useCall, useMethod } from '../store/use-method.ts';
import { FoundServers, namesOf, placeOf } from './found-servers.tsx';

interface ConnectDialogProps {
  target: ConnectTarget;
  onApplied: () => void;
  onClose: () => void;
}

/** Shows the exact change to an application's configuration, and makes it. */
export function ConnectDialog({ target, onApplied, onClose }: ConnectDialogProps) {
  const [takeOver, setTakeOver] = useState(true);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const others = target.servers.filter(isProtectable);
  const protect = others.filter((server) => !left.has(placeOf(server))).map(({ at }) => at);
  const asked = { target: target.id, takeOver, ...(protect.length > 0 && { protect }) };
  const preview = useMethod('connect.preview', asked);
  const apply = useCall('connect.apply');
  /** What was done, and which entries it was asked for. */
  const [done, setDone] = useState<{ applied: Result<'connect.apply'>; asked: readonly string[] }>();
  /** An entry that was changed meanwhile is another one: both are asked for again. */
  const reload = () => {
    onApplied();
    preview.reload();
  };

  // What was shown of the file may be no more: it is looked at again, and what is found is asked for.
  const refused = preview.error;
  useEffect(() => {
    if (refused !== undefined) onApplied();
  }, [refused, onApplied]);

  async function run(): Promise<void> {
    const answer = await apply.run(asked);
    if (answer === undefined) return reload();
    setDone({ applied: answer, asked: protect });
    onApplied();
  }

  if (done !== undefined) {
    const { applied, asked } = done;
    // Until the file was looked at again, what was protected is shown as it was.
    const past = target.servers.filter((server) => isPast(server) && !asked.includes(server.at));
    return <Applied name={target.name} applied={applied} past={past} onClose={onClose} />;
  }
  return (
    <Dialog
      title={`Connect ${target.name}`}
      description="Greenlight makes this change, and keeps a backup of the file beside it."
      size="large"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" off={preview.data === undefined || apply.running} onClick={() => void run()}>
            {protect.length === 0
              ? 'Apply'
              : protect.length < others.length
                ? `Protect ${protect.length} of ${others.length}`
                : others.length === 1
                  ? 'Protect it'
                  : 'Protect all of them'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {target.direct.length > 0 && (
          <Checkbox
            label="Take over the way to Luma that is in this file"
            hint={
              <>
                <AgentText text={target.direct.join(', ')} brief limit={200} /> goes out of the file; what
                becomes of its token stands below the change. Left open, those calls pass Greenlight by: no
                policy, no question, no log.
              </>
            }
            checked={takeOver}
            onChange={setTakeOver}
          />
        )}
        <FoundServers
          servers={target.servers}
          left={left}
          onChange={(place, on) =>
            setLeft(new Set([...left].filter((other) => other !== place).concat(on ? [] : place)))
          }
        />
        {preview.error !== undefined && <ErrorState message={preview.error} onRetry={reload} />}
        {preview.data === undefined && preview.error === undefined && <Loading what="the change" />}
        {preview.data !== undefined && <Change preview={preview.data} />}
        {apply.error !== undefined && (
          <div ref={intoView}>
            <ErrorState message={`Nothing was changed. ${apply.error}`} />
          </div>
        )}
      </div>
    </Dialog>
  );
}

/** The dialog may be longer than what is seen of it. */
const intoView = (node: HTMLElement | null) => node?.scrollIntoView({ block: 'nearest' });

function Change({ preview }: { preview: Result<'connect.preview'> }) {
  const { path = '', before, after, notes } = preview;
  const [secrets, setSecrets] = useState(false);
  const mask = maskLineWith(preview.secrets);
  const hides = [before, after].some((text) => text.split('\n').some((line) => mask(line) !== line));
  return (
    <>
      <div className="flex flex-col gap-2">
        <div className="flex min-h-7 flex-wrap items-center justify-between gap-2">
          <p className="hostile font-mono text-[13px]">
            <AgentText text={path} brief limit={300} />
            {before === '' && <span className="font-sans text-muted"> (a new file)</span>}
          </p>
          {hides && (
            <Button
              size="small"
              icon={secrets ? <EyeOff /> : <Eye />}
              aria-pressed={secrets}
              onClick={() => setSecrets(!secrets)}
            >
              {secrets ? 'Hide secrets' : 'Show secrets'}
            </Button>
          )}
        </div>
        <ChangeView
          label={`The change to ${path}`}
          before={before}
          after={after}
          {...(!secrets && { mask })}
        />
      </div>
      <Notes notes={notes} />
    </>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1">
      {notes.map((note) => (
        <li key={note} className="hostile">
          <AgentText text={note} />
        </li>
      ))}
    </ul>
  );
}

function Applied({
  name,
  applied,
  past,
  onClose,
}: {
  name: string;
  applied: Result<'connect.apply'>;
  /** What it still reaches past Greenlight. */
  past: readonly FoundServer[];
  onClose: () => void;
}) {
  const label = useServerLabel();
  return (
    <Dialog
      title={`${name} is connected`}
      size="medium"
      onClose={onClose}
      footer={
        <Button look="primary" data-autofocus onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Banner tone="good">
          Its calls come through Greenlight once it has read its configuration again. <em>Undo</em> in the
          list takes the change back.
        </Banner>
        {past.length > 0 && (
          <Banner tone="warn">
            Not those to <AgentText text={namesOf(past)} brief limit={200} />: no policy, no question, no log.
          </Banner>
        )}
        <dl className="grid grid-cols-[6rem_minmax(0,1fr)] gap-y-1">
          {applied.servers.length > 0 && (
            <>
              <dt className="text-muted">Protected</dt>
              <dd className="hostile">
                <AgentText text={applied.servers.map((id) => label(id) ?? id).join(', ')} />{' '}
                <span className="text-muted">(under Servers)</span>
              </dd>
            </>
          )}
          <dt className="text-muted">Changed</dt>
          <dd className="hostile font-mono text-[13px]">
            <AgentText text={applied.path} />
          </dd>
          {applied.backup !== undefined && (
            <>
              <dt className="text-muted">Backup</dt>
              <dd className="hostile font-mono text-[13px]">
                <AgentText text={applied.backup} />
              </dd>
            </>
          )}
        </dl>
        <Notes notes={applied.notes} />
      </div>
    </Dialog>
  );
}
