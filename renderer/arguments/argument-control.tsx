import { useState } from 'react';
import type { Json } from '../../shared/json.ts';
import { inexactNumbers, inexactWords, isExactNumber } from '../../shared/numbers.ts';
import { hasUnseen, visibleText } from '../../shared/text.ts';
import { Button } from '../design/button.tsx';
import { TextArea, TextInput } from '../design/field.tsx';
import { Select } from '../design/select.tsx';
import type { ArgumentField } from './fields.ts';

interface ControlProps {
  field: ArgumentField;
  value: Json;
  onChange: (value: Json) => void;
  /** What is typed is not a value (yet); undefined: it is again. */
  onProblem: (problem: string | undefined) => void;
}

/** The control for one argument that the call has. */
export function ArgumentControl({ field, value, onChange, onProblem }: ControlProps) {
  const { control } = field;
  switch (control.kind) {
    case 'choice':
      return (
        <Select
          value={String(control.options.indexOf(value))}
          options={control.options.map((option, index) => ({
            value: String(index),
            label: typeof option === 'string' ? option : JSON.stringify(option),
          }))}
          onChange={(index) => onChange(control.options[Number(index)] ?? null)}
        />
      );
    case 'flag':
      return (
        <Select
          value={String(value)}
          options={[
            { value: 'true', label: 'Yes (true)' },
            { value: 'false', label: 'No (false)' },
          ]}
          onChange={(text) => onChange(text === 'true')}
        />
      );
    case 'text': {
      const text = String(value);
      const Input = control.long ? TextArea : TextInput;
      return (
        <>
          <Input
            dir="auto"
            {...(control.long && { rows: Math.min(12, Math.max(3, Math.ceil(text.length / 60))) })}
            value={text}
            onChange={(event: { target: { value: string } }) => onChange(event.target.value)}
          />
          {hasUnseen(text) && <Unseen onRemove={() => onChange(seen(text))} />}
        </>
      );
    }
    case 'number':
      return (
        <Typed
          value={value}
          read={(text) => readNumber(text, control.integer)}
          onChange={onChange}
          onProblem={onProblem}
        />
      );
    case 'json':
      return <Typed long value={value} read={readJson} onChange={onChange} onProblem={onProblem} />;
  }
}

/** A value that is typed as text, and is not a value at every moment. */
function Typed(props: {
  long?: boolean;
  value: Json;
  read: (text: string) => { value: Json } | { problem: string };
  onChange: (value: Json) => void;
  onProblem: (problem: string | undefined) => void;
}) {
  const { long = false, value, read, onChange, onProblem } = props;
  const [draft, setDraft] = useState<{ text: string; of: Json }>();
  // A value that came from elsewhere replaces what was typed.
  const text = draft !== undefined && draft.of === value ? draft.text : JSON.stringify(value, null, 1);
  const Input = long ? TextArea : TextInput;
  return (
    <Input
      mono
      inputMode={long ? 'text' : 'decimal'}
      value={text}
      onChange={(event: { target: { value: string } }) => {
        const typed = event.target.value;
        const result = read(typed);
        if ('problem' in result) {
          setDraft({ text: typed, of: value });
          onProblem(result.problem);
        } else {
          setDraft({ text: typed, of: result.value });
          onProblem(undefined);
          onChange(result.value);
        }
      }}
    />
  );
}

function readNumber(text: string, integer: boolean): { value: number } | { problem: string } {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) return { problem: 'This must be a number.' };
  if (!isExactNumber(text.trim())) return { problem: inexactWords(text.trim()) };
  if (integer && !Number.isInteger(value)) return { problem: 'This must be a whole number.' };
  return { value };
}

function readJson(text: string): { value: Json } | { problem: string } {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { problem: 'This is not valid JSON (yet).' };
  }
  const [inexact] = inexactNumbers(text);
  return inexact === undefined ? { value } : { problem: inexact.message };
}

/** A text field cannot mark what is not seen, so it is said, with a way to be rid of it. */
function Unseen({ onRemove }: { onRemove: () => void }) {
  return (
    <p className="flex items-center justify-between gap-2 text-[13px] text-bad">
      It holds characters that cannot be seen.
      <Button size="small" onClick={onRemove}>
        Remove them
      </Button>
    </p>
  );
}

function seen(text: string): string {
  return visibleText(text)
    .map((part) => (part.kind === 'text' ? part.text : ''))
    .join('');
}
