import { Clock, MessageSquareText, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Json, JsonObject } from '../../shared/json.ts';
import { withMember } from '../../shared/policy/edit.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button, IconButton } from '../design/button.tsx';
import { Checkbox } from '../design/checkbox.tsx';
import { Select } from '../design/select.tsx';

import { TextValueInput, ValueInput } from './inputs.tsx';
import { OnlyJson } from './only-json.tsx';
import { hoursOf, TimeCondition } from './time-condition.tsx';
import {
  hintsOf,
  type Judged,
  type OperatorId,
  operatorIds,
  operatorWords,
  readPredicate,
  subjectWords,
  withOperator,
} from './words.ts';

interface ConditionListProps {
  /** What the list is: "Deny if any of these holds". */
  title: string;
  judged: Judged;
  /** JSON Pointer of the list. */
  pointer: string;
  conditions: readonly Json[];
  /** The names of the arguments that are known. */
  names: readonly string[];
  onChange: (conditions: Json[]) => void;
  /** What is wrong with the part at a pointer. */
  errorAt: (pointer: string) => string | undefined;
  onShow: (pointer: string) => void;
}

/** Conditions on the arguments, each a sentence that can be changed. */
export function ConditionList(props: ConditionListProps) {
  const { title, judged, pointer, conditions, names, onChange, errorAt, onShow } = props;
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">{title}</legend>
      {conditions.map((condition, index) => {
        const place = `${pointer}/${index}`;
        const onRemove = () => onChange(conditions.toSpliced(index, 1));
        const shared = { onRemove, error: errorAt(place) };
        const hours = hoursOf(condition);
        return hours !== undefined ? (
          <TimeCondition
            key={place}
            condition={condition as JsonObject}
            hours={hours}
            onChange={(next) => onChange(conditions.with(index, next))}
            {...shared}
          />
        ) : readPredicate(condition) === undefined ? (
          <OnlyJson key={place} value={condition} onShow={() => onShow(place)} {...shared} />
        ) : (
          <Condition
            key={place}
            condition={condition as JsonObject}
            judged={judged}
            names={names}
            onChange={(next) => onChange(conditions.with(index, next))}
            {...shared}
          />
        );
      })}
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          icon={<Plus />}
          onClick={() => onChange([...conditions, newCondition(names)])}
          aria-label={`Add a condition: ${title}`}
        >
          Add a condition
        </Button>
        <Button
          size="small"
          look="quiet"
          icon={<Clock />}
          onClick={() => onChange([...conditions, newHours(judged)])}
          aria-label={`Add hours: ${title}`}
        >
          Add hours
        </Button>
      </div>
    </fieldset>
  );
}

/** The condition that is added: about a webhook where there is one, since that is the likeliest wish. */
export function newCondition(names: readonly string[]): JsonObject {
  const name = names.includes('callback_url') ? 'callback_url' : names[0];
  return { path: name === undefined ? 'args' : `args.${name}`, op: 'exists', value: true };
}

/** Hours that are added: calls outside of the usual working hours are what is denied, or asked for. */
function newHours(judged: Judged): JsonObject {
  const value = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00' };
  return { path: 'time', op: judged === 'require' ? 'during' : 'not_during', value };
}

interface ConditionProps {
  condition: JsonObject;
  judged: Judged;
  names: readonly string[];
  onChange: (condition: JsonObject) => void;
  onRemove: () => void;
  error: string | undefined;
}

const OPERATORS = operatorIds.map((id) => ({ value: id, label: operatorWords[id].words }));

function Condition({ condition, judged, names, onChange, onRemove, error }: ConditionProps) {
  const readable = readPredicate(condition);
  const [writes, setWrites] = useState(false);
  if (readable === undefined) return null;
  const { path, operator, value, onDeny, absent } = readable;
  const { kind } = operatorWords[operator];
  return (
    <div className="flex flex-col gap-1.5 rounded-lg border border-line bg-sunken p-2">
      <div className="flex items-start gap-1.5">
        <div className="flex min-w-0 flex-1 flex-wrap items-start gap-1.5">
          <PathSelect path={path} names={names} onChange={(next) => onChange({ ...condition, path: next })} />
          <Select<OperatorId>
            aria-label="What about it"
            size="small"
            value={operator}
            options={OPERATORS}
            onChange={(next) => onChange(withOperator(condition, next))}
            className="min-w-32 flex-1 [&_select]:h-8"
          />
          {kind !== 'none' && (
            <div className="min-w-40 flex-1">
              <ValueInput
                label="Value"
                kind={kind}
                value={value}
                onChange={(next) => onChange({ ...condition, value: next })}
              />
            </div>
          )}
        </div>
        <div className="flex shrink-0">
          {onDeny === undefined && !writes && (
            <IconButton
              label="Add a message for the agent"
              size="small"
              icon={<MessageSquareText />}
              onClick={() => setWrites(true)}
            />
          )}
          <IconButton label="Remove the condition" size="small" icon={<Trash2 />} onClick={onRemove} />
        </div>
      </div>
      {(absent || (kind === 'hosts' && judged === 'require')) && (
        <Checkbox
          label="It may be left out"
          checked={absent}
          onChange={(checked) => onChange(withMember(condition, 'absent', checked || undefined))}
        />
      )}
      {hintsOf(readable, judged, names).map((hint) => (
        <p key={hint} className="hostile text-[13px] text-muted">
          <AgentText text={hint} brief limit={200} />
        </p>
      ))}
      {(onDeny !== undefined || writes) && (
        <TextValueInput
          label="Message for the agent"
          placeholder="What the agent is told"
          value={onDeny ?? ''}
          onChange={(text) => onChange(withMember(condition, 'on_deny', text === '' ? undefined : text))}
        />
      )}
      <p role="alert" className="text-[13px] text-bad empty:hidden">
        {error !== undefined && <AgentText text={error} brief limit={400} />}
      </p>
    </div>
  );
}

const ELSEWHERE = 'elsewhere';

interface PathSelectProps {
  path: string;
  names: readonly string[];
  onChange: (path: string) => void;
}

/** Which argument: one that is known, all of them, or a path that is written. */
function PathSelect({ path, names, onChange }: PathSelectProps) {
  const known = ['args', ...names.map((name) => `args.${name}`)];
  const [chosen, setChosen] = useState(false);
  const writes = chosen || !known.includes(path);
  const options = [
    ...names.map((name) => ({ value: `args.${name}`, label: name })),
    { value: 'args', label: 'the arguments' },
    { value: ELSEWHERE, label: 'something inside…' },
  ];
  return (
    <>
      <Select
        aria-label="Which argument"
        size="small"
        value={writes ? ELSEWHERE : path}
        options={options}
        onChange={(next) => {
          setChosen(next === ELSEWHERE);
          if (next !== ELSEWHERE) onChange(next);
        }}
        className="min-w-32 flex-1 [&_select]:h-8"
      />
      {writes && (
        <TextValueInput
          label="Path to the argument"
          mono
          empty={false}
          value={subjectWords(path) === 'the arguments' ? '' : subjectWords(path)}
          onChange={(text) => onChange(/^also(\.|$)/.test(text.trim()) ? text.trim() : `args.${text.trim()}`)}
          placeholder="metadata.key"
          className="w-40!"
        />
      )}
    </>
  );
}
