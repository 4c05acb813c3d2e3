import { Trash2 } from 'lucide-react';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { withMember } from '../../shared/policy/edit.ts';
import { type Hours, readHours } from '../../shared/policy/hours.ts';
import { AgentText } from '../design/agent-text.tsx';
import { IconButton } from '../design/button.tsx';
import { Select } from '../design/select.tsx';
import { TextValueInput } from './inputs.tsx';
import { HoursFields } from './working-hours-fields.tsx';

/** The hours of a condition on the time; `undefined` where it is none, or says more. */
export function hoursOf(condition: Json): Hours | undefined {
  if (!isJsonObject(condition) || condition.path !== 'time') return undefined;
  const { path: _path, op, value, on_deny: said, ...rest } = condition;
  const known = (op === 'during' || op === 'not_during') && (said === undefined || typeof said === 'string');
  return known && Object.keys(rest).length === 0 ? readHours(value) : undefined;
}

const OPERATORS = [
  { value: 'during', label: 'comes within' },
  { value: 'not_during', label: 'comes outside of' },
] as const;

interface TimeConditionProps {
  condition: JsonObject;
  hours: Hours;
  onChange: (condition: JsonObject) => void;
  onRemove: () => void;
  error: string | undefined;
}

/** A condition on when the call comes. */
export function TimeCondition({ condition, hours, onChange, onRemove, error }: TimeConditionProps) {
  return (
    <div className="flex flex-col gap-2 rounded-lg border border-line bg-sunken p-2">
      <div className="flex items-center justify-between gap-1.5">
        <span className="flex items-center gap-2">
          The call
          <Select
            aria-label="When it comes"
            size="small"
            value={condition.op as 'during'}
            options={OPERATORS}
            onChange={(op) => onChange({ ...condition, op })}
          />
        </span>
        <IconButton label="Remove the condition" size="small" icon={<Trash2 />} onClick={onRemove} />
      </div>
      <HoursFields
        hours={hours}
        onChange={({ days, from, to }) => onChange({ ...condition, value: { days, from, to } })}
      />
      {typeof condition.on_deny === 'string' && (
        <TextValueInput
          label="Message for the agent"
          value={condition.on_deny}
          onChange={(text) => onChange(withMember(condition, 'on_deny', text === '' ? undefined : text))}
        />
      )}
      <p role="alert" className="text-[13px] text-bad empty:hidden">
        {error !== undefined && <AgentText text={error} brief limit={400} />}
      </p>
    </div>
  );
}
