import { useState } from 'react';
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
  const [problem, setProblem] = useState('');
  const set = (change: Partial<WorkingHours>) => {
    const next = { ...hours, ...change };
    // A field of a time has no other way to say the end of a day.
    if (next.from === '00:00' && next.to === '00:00') next.to = '24:00';
    const wrong =
      next.days.length === 0
        ? 'Choose at least one day; without any, switch the working hours off.'
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
        <Field label="Other calls are" className="w-40">
          <Select value={hours.outside} options={OUTSIDE} onChange={(outside) => set({ outside })} />
        </Field>
      </div>
      <p role="alert" className="text-[13px] text-bad empty:hidden">
        {problem}
      </p>
    </div>
  );
}
