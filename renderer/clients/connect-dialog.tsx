import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import type { ConnectTarget, Result } from '../../shared/contract.ts';
import { maskLine } from '../../shared/mask.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { ChangeView } from '../design/change-view.tsx';
import { Checkbox } from '../design/checkbox.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useCall, useMethod } from '../store/use-method.ts';

interface ConnectDialogProps {
  target: ConnectTarget;
  onApplied: () => void;
  onClose: () => void;
}

/** Shows the exact change to an application's configuration, and makes it. */
export function ConnectDialog({ target, onApplied, onClose }: ConnectDialogProps) {
  const [takeOver, setTakeOver] = useState(true);
  const preview = useMethod('connect.preview', { target: target.id, takeOver });
  const apply = useCall('connect.apply');
  const [applied, setApplied] = useState<Result<'connect.apply'>>();

  async function run(): Promise<void> {
    const answer = await apply.run({ target: target.id, takeOver });
    if (answer === undefined) return;
    setApplied(answer);
    onApplied();
  }

  if (applied !== undefined) return <Applied name={target.name} applied={applied} onClose={onClose} />;
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
            Apply
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
        {preview.error !== undefined && <ErrorState message={preview.error} onRetry={preview.reload} />}
        {preview.data === undefined && preview.error === undefined && <Loading what="the change" />}
        {preview.data !== undefined && <Change preview={preview.data} />}
        {apply.error !== undefined && <ErrorState message={`Nothing was changed. ${apply.error}`} />}
      </div>
    </Dialog>
  );
}

function Change({ preview: { path = '', before, after, notes } }: { preview: Result<'connect.preview'> }) {
  const [secrets, setSecrets] = useState(false);
  const hides = [before, after].some((text) => text.split('\n').some((line) => maskLine(line) !== line));
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
          {...(!secrets && { mask: maskLine })}
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
  onClose,
}: {
  name: string;
  applied: Result<'connect.apply'>;
  onClose: () => void;
}) {
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
        <dl className="grid grid-cols-[5rem_minmax(0,1fr)] gap-y-1">
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
