import { type ComponentProps, useEffect, useRef, useState } from 'react';
import { TextInput } from '../design/field.tsx';

interface SavedInputProps extends Omit<ComponentProps<typeof TextInput>, 'value' | 'onChange'> {
  value: string;
  /** Called with what was typed when the person leaves the field or presses Enter, if it has changed. */
  onSave: (value: string) => void;
}

/** A text that is saved once the person is done with it; Escape brings back what it was. */
export function SavedInput({ value, onSave, ...props }: SavedInputProps) {
  const [typed, setTyped] = useState(value);
  const given = useRef(value);
  useEffect(() => {
    given.current = value;
    setTyped(value);
  }, [value]);

  const done = () => {
    if (typed === given.current) return;
    given.current = typed;
    onSave(typed);
  };
  return (
    <TextInput
      {...props}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === 'Enter') done();
        else if (event.key === 'Escape') setTyped(value);
      }}
    />
  );
}
