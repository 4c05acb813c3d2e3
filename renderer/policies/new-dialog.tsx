import { useState } from 'react';
import type { Json } from '../../shared/json.ts';
import { freeName } from '../../shared/policy/edit.ts';
import { askBeforeItChanges, type Preset, presets } from '../../shared/policy/index.ts';
import { LUMA } from '../../shared/server-id.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { useServerLabel } from '../design/server-name.tsx';
import { textOf } from './json-text.ts';
import { ServerField } from './server-badge.tsx';

interface NewDialogProps {
  /** The names that are taken. */
  names: readonly string[];
  /** The server whose policies are looked at. */
  of: string | undefined;
  onCreate: (name: string, text: string) => void;
  onClose: () => void;
}

/** Begins a policy from a preset. Nothing is saved before the person has looked at it. */
export function NewDialog({ names, of = LUMA, onCreate, onClose }: NewDialogProps) {
  const [preset, setPreset] = useState<Preset | undefined>(presets[0]);
  const [server, setServer] = useState(of);
  const [written, setWritten] = useState<string>();
  const label = useServerLabel()(server);
  const luma = server === LUMA;
  const name =
    written ?? freeName(luma ? (preset?.name ?? 'New policy') : `${label ?? server}: ask first`, names);
  const document = luma
    ? (preset?.document as Json | undefined)
    : askBeforeItChanges(server, label ?? server);
  return (
    <Dialog
      title="New policy"
      description="Choose what it begins with; then change what you like. It counts once you save it."
      size="medium"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            off={name.trim() === '' || document === undefined}
            onClick={() => document && onCreate(name.trim(), textOf(document))}
          >
            Create
          </Button>
        </>
      }
    >
      <div className="mb-5 empty:hidden">
        <ServerField server={server} onChange={setServer} />
      </div>
      {!luma && (
        <p className="mb-5 text-muted">
          It begins with asking before anything is changed: what only reads runs. Then say of each tool what
          it may do.
        </p>
      )}
      {luma && (
        <fieldset className="mb-5 flex flex-col gap-2">
          <legend className="mb-2 font-medium">Begin with</legend>
          {presets.map((each) => (
            <label
              key={each.id}
              className="flex items-start gap-3 rounded-lg border border-line px-3 py-2 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft"
            >
              <input
                type="radio"
                name="preset"
                checked={each === preset}
                onChange={() => setPreset(each)}
                {...(each === presets[0] && { 'data-autofocus': true })}
                className="mt-1 accent-(--accent)"
              />
              <span>
                <span className="block font-medium">{each.name}</span>
                <span className="block text-[13px] text-muted">{each.description}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <Field label="Name">
        <TextInput value={name} maxLength={100} onChange={({ target }) => setWritten(target.value)} />
      </Field>
    </Dialog>
  );
}
