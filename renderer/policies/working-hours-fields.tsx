import { type ReactNode, useState } from 'react';
import type { Hours } from '../../shared/policy/hours.ts';
import { dayNames, type WorkingHours, weekDays } from '../../shared/policy/index.ts';
import { Checkbox } from '../design/checkbox.tsx';
import { Field } from '../design/field.tsx';
import { Select } from '../design/select.tsx';
import { TimeOfDay } from '../design/time-of-day.tsx';

interface WorkingHoursFieldsProps {
  hours: WorkingHours;
  onChange: (hours: WorkingHours) => void;
}

const OUTSIDE: readonly { value: WorkingHours['outside']; label: string }[] = [
  { value: 'deny', label: 'denied' },
  { value: 'ask', label: 'asked for' },
];

/** On which days, from when to when, and what becomes of calls at other times. */
export function WorkingHoursFields({ hours, onChange }: WorkingHoursFieldsProps) {
  return (
    <HoursFields hours={hours} onChange={(next) => onChange({ ...hours, ...next })}>
      <Field label="Other calls are" className="w-40">
        <Select
          value={hours.outside}
          options={OUTSIDE}
          onChange={(outside) => onChange({ ...hours, outside })}
        />
      </Field>
    </HoursFields>
  );
}

interface HoursFieldsProps {
  hours: Hours;
  onChange: (hours: Hours) => void;
  /** Fields beside the times. */
  children?: ReactNode;
}

/** On which days, and from when to when. */
export function HoursFields({ hours, onChange, children }: HoursFieldsProps) {
  const [problem, setProblem] = useState('');
  const set = (change: Partial<Hours>) => {
    const next = { days: hours.days, from: hours.from, to: hours.to, ...change };
    // A field of a time has no other way to say the end of a day.
    if (next.from === '00:00' && next.to === '00:00') next.to = '24:00';
    const wrong =
      next.days.length === 0
        ? 'Choose at least one day; without any, take the hours out.'
        : next.from === next.to
          ? 'Choose an end that is not the beginning. A whole day is from 00:00 to 00:00.'
          : '';
    setProblem(wrong);
    if (wrong === '') onChange(next);
  };
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <fieldset className="flex flex-wrap gap-x-4 gap-y-1.5">
        <legend className="mb-1 font-medium">Days</legend>
        {weekDays.map((day) => (
          <Checkbox
            key={day}
            label={dayNames[day]}
            checked={hours.days.includes(day)}
            onChange={(checked) =>
              set({ days: weekDays.filter((each) => (each === day ? checked : hours.days.includes(each))) })
            }
          />
        ))}
      </fieldset>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <TimeOfDay label="From" time={hours.from} onTime={(from) => set({ from })} />
        <TimeOfDay label="To" time={hours.to === '24:00' ? '00:00' : hours.to} onTime={(to) => set({ to })} />
        {children}
      </div>
      <p role="alert" className="text-[13px] text-bad empty:hidden">
        {problem}
      </p>
    </div>
  );
}
