import { FileUp } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { freeName } from '../../shared/policy/edit.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field, TextArea, TextInput } from '../design/field.tsx';
import { forServer, serverOf } from './for-server.ts';
import { readImport } from './import.ts';
import { readText, textOf } from './json-text.ts';
import { ServerField } from './server-badge.tsx';

interface ImportDialogProps {
  names: readonly string[];
  onImport: (name: string, text: string) => void;
  onClose: () => void;
}

/** The largest file that is read, in bytes: as large as a policy may be. */
const LARGEST = 1024 * 1024;

/** Takes in a policy from a file or from what is pasted, and says what would become of it first. */
export function ImportDialog({ names, onImport, onClose }: ImportDialogProps) {
  const [source, setSource] = useState('');
  const [written, setWritten] = useState<string>();
  const [fileName, setFileName] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const file = useRef<HTMLInputElement>(null);
  const read = useMemo(() => (source.trim() === '' ? undefined : readImport(source)), [source]);
  const name = written ?? freeName(fileName ?? 'Imported policy', names);
  const found = read?.text === undefined ? undefined : readText(read.text).document;
  const [chosen, setServer] = useState<string>();
  const named = serverOf(found);

  function take(text: string): void {
    // One with mistakes in its JSON stays as it is: which server it is for is said there.
    onImport(
      name.trim(),
      found === undefined || chosen === undefined ? text : textOf(forServer(found, chosen)),
    );
  }

  async function choose(chosen: File | undefined): Promise<void> {
    if (chosen === undefined) return;
    if (chosen.size > LARGEST) {
      setProblem(`“${chosen.name}” is larger than 1 MiB, and so no policy. Choose another file.`);
      return;
    }
    setProblem(undefined);
    setSource(await chosen.text());
    setFileName(chosen.name.replace(/\.(?:json|ya?ml)$/i, '').slice(0, 100) || undefined);
  }

  return (
    <Dialog
      title="Import a policy"
      description="JSON of PolicyLayer or Greenlight is taken as it is; YAML of Intercept is translated."
      size="medium"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            off={read?.text === undefined || name.trim() === ''}
            onClick={() => read?.text !== undefined && take(read.text)}
          >
            {read?.text !== undefined && read.errors.length > 0 ? 'Open to mend' : 'Import'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div>
          <input
            ref={file}
            type="file"
            accept=".json,.yaml,.yml,application/json"
            aria-label="File to import"
            className="sr-only"
            tabIndex={-1}
            onChange={({ target }) => {
              void choose(target.files?.[0]);
              // The same file can be chosen again after it was changed.
              target.value = '';
            }}
          />
          <Button icon={<FileUp />} data-autofocus onClick={() => file.current?.click()}>
            Choose a file
          </Button>
        </div>
        <Field label="Or paste it here" error={problem}>
          <TextArea mono rows={9} value={source} onChange={({ target }) => setSource(target.value)} />
        </Field>
        {read !== undefined && <Findings read={read} />}
        {found !== undefined && <ServerField server={chosen ?? named} named={named} onChange={setServer} />}
        <Field label="Name">
          <TextInput value={name} maxLength={100} onChange={({ target }) => setWritten(target.value)} />
        </Field>
      </div>
    </Dialog>
  );
}

/** What was found in the text, and what would become of it. */
function Findings({ read }: { read: ReturnType<typeof readImport> }) {
  const { kind, text, notes, errors } = read;
  return (
    <section aria-label="What was found" aria-live="polite" className="flex flex-col gap-2">
      {text === undefined ? (
        <Banner tone="bad">This cannot be imported.</Banner>
      ) : errors.length > 0 ? (
        <Banner tone="warn">This is a policy with mistakes. It can be opened, mended, and then saved.</Banner>
      ) : (
        <Banner tone="good">
          {kind === 'policy'
            ? 'This is a policy; it is taken as it is.'
            : 'This is a policy of Intercept; it is translated. See what is different:'}
        </Banner>
      )}
      <Rows label="What is wrong" rows={errors} />
      <Rows label="Notes of the translation" rows={notes} />
    </section>
  );
}

function Rows({ label, rows }: { label: string; rows: readonly { pointer: string; message: string }[] }) {
  if (rows.length === 0) return null;
  return (
    <ul
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach that.
      tabIndex={0}
      className="max-h-40 overflow-y-auto rounded-lg border border-line px-3 py-2 text-[13px]"
    >
      {rows.map(({ pointer, message }) => (
        <li key={`${pointer} ${message}`} className="hostile py-0.5">
          {pointer !== '' && (
            <span className="mr-2 font-mono text-muted">
              <AgentText text={pointer} brief limit={100} />
            </span>
          )}
          <AgentText text={message} brief limit={300} />
        </li>
      ))}
    </ul>
  );
}
