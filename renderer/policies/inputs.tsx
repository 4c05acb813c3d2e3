/** Fields of the builder: each holds what is typed until it is a value, and then changes the document. */
import { useState } from 'react';
import type { Json } from '../../shared/json.ts';
import { isExactNumber } from '../../shared/numbers.ts';
import { listText, parseList, parseValue, valueText } from '../../shared/policy/values.ts';
import { Field, TextArea, TextInput } from '../design/field.tsx';
import type { ValueKind } from './words.ts';

/**
 * The text of a field for `value`. What cannot be read stays in the field as long as it has the focus (`keeps`: until
 * it is mended); the document keeps its value meanwhile.
 */
function useTyped<T extends Json | undefined>(
  value: T,
  show: (value: T) => string,
  read: (text: string) => { value: T } | undefined,
  onChange: (value: T) => void,
  keeps = false,
) {
  const [typed, setTyped] = useState({ text: show(value), stands: JSON.stringify(value) });
  // Another value than the one typed: it came from elsewhere.
  const text = typed.stands === JSON.stringify(value) ? typed.text : show(value);
  return {
    value: text,
    'aria-invalid': read(text) === undefined || undefined,
    onChange: (event: { target: { value: string } }) => {
      const next = event.target.value;
      const found = read(next);
      setTyped({ text: next, stands: JSON.stringify(found === undefined ? value : found.value) });
      if (found !== undefined && JSON.stringify(found.value) !== JSON.stringify(value)) onChange(found.value);
    },
    onBlur: () => {
      if (!keeps || read(text) !== undefined) setTyped({ text: show(value), stands: JSON.stringify(value) });
    },
  };
}

interface WordedInputProps<T extends Json> {
  label: string;
  hint?: string;
  value: T;
  show: (value: T) => string;
  /** The value of a text; a text instead of it says what is wrong and what to do. */
  read: (text: string) => { value: T } | string;
  onChange: (value: T) => void;
  mono?: boolean;
  placeholder?: string;
  className?: string;
}

/** A labelled field that says in words what is wrong with its text, which it keeps until it is mended. */
export function WordedInput<T extends Json>(props: WordedInputProps<T>) {
  const { label, hint, value, show, read, onChange, mono = false, placeholder, className } = props;
  const understood = (text: string) => {
    const found = read(text);
    return typeof found === 'string' ? undefined : found;
  };
  const { 'aria-invalid': _, ...field } = useTyped<T>(value, show, understood, onChange, true);
  const found = read(field.value);
  // What the document says itself is wrong there too.
  const kept = field.value === show(value) ? '' : ' Until then the policy stays as it was.';
  return (
    <Field
      label={label}
      {...(hint !== undefined && { hint })}
      {...(className !== undefined && { className })}
      error={typeof found === 'string' ? found + kept : undefined}
    >
      <TextInput
        inputMode={typeof value === 'number' ? 'numeric' : 'text'}
        mono={mono}
        placeholder={placeholder}
        {...field}
      />
    </Field>
  );
}

function found<T extends Json>(value: T | undefined): { value: T } | undefined {
  return value === undefined ? undefined : { value };
}

interface NumberInputProps {
  label: string;
  value: number;
  onChange: (value: number) => void;
  /** The number must be greater than 0. */
  positive?: boolean;
  className?: string;
}

/** A number; what is no number is not taken over. */
export function NumberInput({ label, value, onChange, positive = false, className = '' }: NumberInputProps) {
  const field = useTyped<number>(value, String, (text) => readNumber(text, positive), onChange);
  return (
    <TextInput
      aria-label={label}
      inputMode="decimal"
      {...field}
      className={`h-8 text-[13px] tabular-nums ${className}`}
    />
  );
}

interface OptionalNumberProps extends Omit<NumberInputProps, 'value' | 'onChange' | 'positive'> {
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  tabIndex?: number;
}

/** A number of at least 0, or nothing. */
export function OptionalNumberInput({
  label,
  value,
  onChange,
  tabIndex,
  className = '',
}: OptionalNumberProps) {
  const field = useTyped<number | undefined>(
    value,
    (number) => (number === undefined ? '' : String(number)),
    (text) => {
      if (text.trim() === '') return { value: undefined };
      const found = readNumber(text, false);
      return found !== undefined && found.value >= 0 ? found : undefined;
    },
    onChange,
  );
  return (
    <TextInput
      aria-label={label}
      inputMode="decimal"
      placeholder="–"
      tabIndex={tabIndex}
      {...field}
      className={`h-8 text-[13px] tabular-nums ${className}`}
    />
  );
}

function readNumber(text: string, positive: boolean): { value: number } | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) && isExactNumber(text.trim()) && (!positive || number > 0)
    ? { value: number }
    : undefined;
}

interface TextValueProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Whether a text without a character counts. */
  empty?: boolean;
  mono?: boolean;
  placeholder?: string;
  className?: string;
}

/** A text. */
export function TextValueInput(props: TextValueProps) {
  const { label, value, onChange, empty = true, mono = false, placeholder, className = '' } = props;
  const field = useTyped<string>(
    value,
    (text) => text,
    (text) => (text === '' && !empty ? undefined : { value: text }),
    onChange,
  );
  return (
    <TextInput
      aria-label={label}
      mono={mono}
      placeholder={placeholder}
      {...field}
      className={`h-8 text-[13px] ${className}`}
    />
  );
}

interface ValueInputProps {
  label: string;
  kind: Exclude<ValueKind, 'none'>;
  value: Json;
  onChange: (value: Json) => void;
}

/** The value of a condition, in the kind of field that its operator needs. */
export function ValueInput({ label, kind, value, onChange }: ValueInputProps) {
  switch (kind) {
    case 'number':
      return (
        <NumberInput
          label={label}
          value={typeof value === 'number' ? value : 0}
          onChange={onChange}
          className="w-28!"
        />
      );
    case 'text':
      return (
        <TextValueInput
          label={label}
          value={typeof value === 'string' ? value : ''}
          onChange={onChange}
          mono
        />
      );
    case 'any':
      return <AnyInput label={label} value={value} onChange={onChange} />;
    case 'list':
    case 'hosts':
      return (
        <ListInput
          label={`${label}, one a line`}
          value={Array.isArray(value) ? value : []}
          onChange={onChange}
          hosts={kind === 'hosts'}
        />
      );
  }
}

function AnyInput({ label, value, onChange }: Omit<ValueInputProps, 'kind'>) {
  const field = useTyped<Json>(value, valueText, (text) => found(parseValue(text)), onChange);
  return <TextInput aria-label={label} mono {...field} className="h-8" />;
}

interface ListInputProps extends Omit<ValueInputProps, 'kind' | 'value'> {
  value: Json[];
  hosts: boolean;
}

function ListInput({ label, value, onChange, hosts }: ListInputProps) {
  const lines = (text: string): Json[] =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  const field = useTyped<Json[]>(
    value,
    hosts ? (all) => all.join('\n') : listText,
    (text) => found(hosts ? lines(text) : parseList(text)),
    onChange,
  );
  return (
    <TextArea
      aria-label={label}
      mono
      rows={Math.min(6, Math.max(2, value.length))}
      placeholder={hosts ? 'cdn.example.com' : 'one a line'}
      {...field}
      className="px-2.5! py-1!"
    />
  );
}
