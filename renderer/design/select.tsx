import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { marked, markedText } from '../text/visible.ts';
import { CONTROL, useField } from './field.tsx';

export interface Option<Value extends string> {
  value: Value;
  label: string;
  disabled?: boolean;
}

/** `options` with `chosen` among them, as `label`, also where it is gone: a select shows the first one otherwise. */
export function withChosen<Value extends string>(
  options: readonly Option<Value>[],
  chosen: Value,
  label: string = chosen,
): readonly Option<Value>[] {
  return options.some(({ value }) => value === chosen) ? options : [...options, { value: chosen, label }];
}

interface SelectProps<Value extends string>
  extends Omit<ComponentProps<'select'>, 'value' | 'onChange' | 'children' | 'size'> {
  value: Value;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
  size?: 'medium' | 'small';
}

/**
 * One of several, in a {@link Field} or with an `aria-label`. The native control: the system draws the list,
 * and Radix's injects markup that the page's Trusted Types refuse.
 */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const { options, onChange, size = 'medium', className = '', ...rest } = props;
  return (
    <span className={`relative inline-flex min-w-0 ${className}`}>
      <select
        {...useField()}
        {...rest}
        aria-label={marked(rest['aria-label'])}
        onChange={(event) => onChange(event.target.value as Value)}
        className={`appearance-none truncate pr-8 pl-3 ${size === 'medium' ? 'h-9' : 'h-7 text-[13px]'} ${CONTROL}`}
      >
        {options.map(({ value, label, disabled }) => (
          <option key={value} value={value} disabled={disabled} className="bg-surface text-text">
            {markedText(label)}
          </option>
        ))}
      </select>
      <span className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-muted">
        <ChevronDown />
      </span>
    </span>
  );
}
