import { useState } from 'react';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { ChangeView } from '../design/change-view.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { Segmented } from '../design/segmented.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useTransport } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { textOf } from './json-text.ts';
import { drafts } from './use-drafts.ts';

interface VersionsPaneProps {
  id: string;
  name: string;
  /** The version in force. */
  version: number;
  /** Whether restoring would lose what the person has written. */
  dirty: boolean;
}

const AGAINST = [
  { id: 'before', label: 'What it changed' },
  { id: 'now', label: 'What restoring would change' },
] as const;

/** Every version of the policy, what each changed, and the way back to it. */
export function VersionsPane({ id, name, version: inForce, dirty }: VersionsPaneProps) {
  const { data, error, reload } = useMethod('policies.history', { id }, { refetchOn: ['policies'] });
  const [chosen, setChosen] = useState<number>();
  const [against, setAgainst] = useState<'before' | 'now'>('before');
  const [asking, setAsking] = useState<number>();
  if (error !== undefined && data === undefined) return <ErrorState message={error} onRetry={reload} />;
  if (data === undefined) return <Loading what="the versions" />;

  const { versions } = data;
  const shown = versions.find(({ version }) => version === chosen) ?? versions[0];
  const text = (version: number | undefined) => {
    const found = versions.find((each) => each.version === version);
    return found === undefined ? '' : textOf(found.document);
  };
  const old = shown !== undefined && shown.version !== inForce;
  const before = versions[versions.findIndex(({ version }) => version === shown?.version) + 1]?.version;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto pr-1 pb-2">
      <ul
        aria-label="Versions"
        className="max-h-52 shrink-0 overflow-y-auto rounded-xl border border-line bg-surface p-1"
      >
        {versions.map(({ version, createdAt }) => (
          <li key={version}>
            <button
              type="button"
              aria-pressed={version === shown?.version}
              onClick={() => setChosen(version)}
              className="flex w-full items-center justify-between gap-3 rounded-lg px-3 py-1.5 text-left hover:bg-hover aria-pressed:bg-hover aria-pressed:font-semibold"
            >
              <span>Version {version}</span>
              <span className="flex items-center gap-2 text-[13px] font-normal text-muted">
                {version === inForce && <Badge tone="good">In force</Badge>}
                <time dateTime={createdAt}>{timeWords(createdAt)}</time>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {shown !== undefined && (
        <>
          <div className="flex flex-wrap items-center justify-between gap-2">
            {old ? (
              <Segmented
                label="Show"
                size="small"
                segments={AGAINST}
                chosen={against}
                onChoose={setAgainst}
              />
            ) : (
              <h2 className="font-semibold">What it changed</h2>
            )}
            {old && (
              <Button size="small" onClick={() => setAsking(shown.version)}>
                Restore version {shown.version}
              </Button>
            )}
          </div>
          {old && against === 'now' ? (
            <ChangeView
              label={`What restoring version ${shown.version} would change`}
              before={text(inForce)}
              after={text(shown.version)}
            />
          ) : before === undefined ? (
            <p className="text-muted">This is the first version that is known.</p>
          ) : (
            <ChangeView
              label={`What version ${shown.version} changed`}
              before={text(before)}
              after={text(shown.version)}
            />
          )}
        </>
      )}
      {asking !== undefined && (
        <RestoreDialog
          id={id}
          name={name}
          version={asking}
          dirty={dirty}
          onClose={() => setAsking(undefined)}
        />
      )}
    </div>
  );
}

interface RestoreDialogProps extends Omit<VersionsPaneProps, 'version'> {
  version: number;
  onClose: () => void;
}

function RestoreDialog({ id, name, version, dirty, onClose }: RestoreDialogProps) {
  const transport = useTransport();
  const toast = useToast();
  return (
    <ConfirmDialog
      title={`Restore version ${version} of “${name}”?`}
      confirm="Restore"
      destroys={dirty}
      onClose={onClose}
      onConfirm={async () => {
        const restored = await transport.call('policies.restore', { id, version });
        drafts.discard(id);
        toast({ text: `Version ${version} is in force again, as version ${restored.version}.` });
      }}
    >
      <p>It becomes a new version and is in force at once. The versions in between stay.</p>
      {dirty && <p className="mt-2 font-medium">Your unsaved changes to this policy are lost.</p>}
    </ConfirmDialog>
  );
}

/** A time for a list: day and minute, as the person's system writes them. */
function timeWords(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
