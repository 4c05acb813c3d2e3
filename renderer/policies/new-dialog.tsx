import { useState } from 'react';
import type { Json } from '../../shared/json.ts';
import { freeName } from '../../shared/policy/edit.ts';
import { type Preset, presets } from '../../shared/policy/index.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { textOf } from './json-text.ts';

interface NewDialogProps {
  /** The names that are taken. */
  names: readonly string[];
  onCreate: (name: string, text: string) => void;
  onClose: () => void;
}

/** Begins a policy from a preset. Nothing is saved before the person has looked at it. */
export function NewDialog({ names, onCreate, onClose }: NewDialogProps) {
  const [preset, setPreset] = useState<Preset | undefined>(presets[0]);
  const [written, setWritten] = useState<string>();
  const name = written ?? freeName(preset?.name ?? 'New policy', names);
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
            off={name.trim() === '' || preset === undefined}
            onClick={() => preset && onCreate(name.trim(), textOf(preset.document as Json))}
          >
            Create
          </Button>
        </>
      }
    >
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
      <Field label="Name">
        <TextInput value={name} maxLength={100} onChange={({ target }) => setWritten(target.value)} />
      </Field>
    </Dialog>
  );
}
