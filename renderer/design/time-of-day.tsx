import { useEffect, useState } from 'react';
import { Field, TextInput } from './field.tsx';

interface TimeOfDayProps {
  label: string;
  /** `07:05`. */
  time: string;
  onTime: (time: string) => void;
}

/** A time of day; it counts once all of it is there and the field is left. */
export function TimeOfDay({ label, time, onTime }: TimeOfDayProps) {
  const [typed, setTyped] = useState(time);
  useEffect(() => setTyped(time), [time]);
  return (
    <Field label={label}>
      <TextInput
        type="time"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => (typed === '' ? setTyped(time) : typed !== time && onTime(typed))}
      />
    </Field>
  );
}
