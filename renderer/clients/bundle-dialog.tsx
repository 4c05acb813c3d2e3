import { Download, KeyRound } from 'lucide-react';
import { useState } from 'react';
import type { ConnectTarget } from '../../shared/contract.ts';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { saveFile } from '../design/save-file.ts';
import { ErrorState } from '../design/states.tsx';
import { useCall } from '../store/use-method.ts';
import { Copyable } from './token-dialog.tsx';

/** Saves the bundle that an application installs by itself, and makes the token that it asks for. */
export function BundleDialog({ target, onClose }: { target: ConnectTarget; onClose: () => void }) {
  const { name } = target;
  const bundle = useCall('connect.bundle');
  const create = useCall('clients.create');
  const [saved, setSaved] = useState<string>();
  const [token, setToken] = useState<string>();

  async function save(): Promise<void> {
    const made = await bundle.run({});
    if (made === undefined) return;
    const bytes = Uint8Array.from(atob(made.content), (one) => one.charCodeAt(0));
    saveFile(made.filename, new Blob([bytes], { type: 'application/octet-stream' }));
    setSaved(made.filename);
  }

  async function make(): Promise<void> {
    const made = await create.run({ label: name });
    if (made !== undefined) setToken(made.token);
  }

  return (
    <Dialog
      title={`A bundle for ${name}`}
      description={`It needs nothing but ${name} itself: no Node.js, nothing that is downloaded. There is no token in it.`}
      size="medium"
      onClose={onClose}
      footer={
        <Button look={token === undefined ? 'plain' : 'primary'} onClick={onClose}>
          {token === undefined && saved === undefined ? 'Cancel' : 'Done'}
        </Button>
      }
    >
      <ol className="flex list-decimal flex-col gap-5 pl-5">
        {target.connected && (
          <li>
            {name} is connected by its configuration. <em>Undo</em> that first, or it has each tool twice.
          </li>
        )}
        <li>
          <Step words="Save the file.">
            <Button
              look={saved === undefined ? 'primary' : 'plain'}
              icon={<Download />}
              off={bundle.running}
              onClick={() => void save()}
            >
              Save the bundle
            </Button>
          </Step>
          {bundle.error !== undefined && <ErrorState message={`It was not saved. ${bundle.error}`} />}
        </li>
        <li>
          Open <span className="font-mono text-[13px]">{saved ?? 'greenlight.mcpb'}</span> with {name}: with a
          double click, or in {name} under <em>Settings</em>, <em>Extensions</em>, <em>Advanced settings</em>,{' '}
          <em>Install Extension…</em>, then <em>Install</em>.
        </li>
        <li>
          <Step words="It asks for a token. Make one, and paste it there; the address is filled in.">
            {token === undefined && (
              <Button icon={<KeyRound />} off={create.running} onClick={() => void make()}>
                Make a token
              </Button>
            )}
          </Step>
          {create.error !== undefined && <ErrorState message={`No token was made. ${create.error}`} />}
          {token !== undefined && (
            <div className="mt-3 flex flex-col gap-3">
              <Banner tone="warn">
                This token is shown this once: Greenlight keeps only its hash. {name} keeps it with its
                secrets.
              </Banner>
              <Copyable label="Token" text={token} copy="Copy the token" />
            </div>
          )}
        </li>
        <li>
          Turn the extension on. {name} then stands under <em>Clients</em>, where you see it come.
        </li>
      </ol>
    </Dialog>
  );
}

function Step({ words, children }: { words: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <p className="min-w-0 flex-1 basis-64">{words}</p>
      {children}
    </div>
  );
}
