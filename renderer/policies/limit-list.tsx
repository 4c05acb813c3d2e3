import { MessageSquareText, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { freeName, withMember } from '../../shared/policy/edit.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button, IconButton } from '../design/button.tsx';
import { Select } from '../design/select.tsx';

import { NumberInput, TextValueInput } from './inputs.tsx';

import { OnlyJson } from './only-json.tsx';
import { describeLimit } from './words.ts';

interface LimitListProps {
  /** JSON Pointer of the list. */
  pointer: string;
  limits: readonly Json[];
  /** The name that a new limit counts under, where it is free. */
  counter: string;
  /** The counters of the document, one for each limit. */
  taken: readonly string[];
  /** The arguments that can be counted. */
  names: readonly string[];
  onChange: (limits: Json[]) => void;
  errorAt: (pointer: string) => string | undefined;
  onShow: (pointer: string) => void;
}

/** The limits of a rule, each a sentence that can be changed. */
export function LimitList(props: LimitListProps) {
  const { pointer, limits, counter, taken, names, onChange, errorAt, onShow } = props;
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">Limits</legend>
      {limits.map((limit, index) => {
        const place = `${pointer}/${index}`;
        const onRemove = () => onChange(limits.toSpliced(index, 1));
        const shared = { onRemove, error: errorAt(place) };
        return isReadable(limit) ? (
          <OneLimit
            key={place}
            limit={limit}
            names={names}
            taken={taken}
            onChange={(next) => onChange(limits.with(index, next))}
            {...shared}
          />
        ) : (
          <OnlyJson key={place} value={limit} onShow={() => onShow(place)} {...shared} />
        );
      })}
      <div>
        <Button
          size="small"
          icon={<Plus />}
          onClick={() =>
            onChange([
              ...limits,
              { counter: freeName(counter, taken), window: 'day', max: 20, scope: 'grant' },
            ])
          }
        >
          Add a limit
        </Button>
      </div>
    </fieldset>
  );
}

const MEMBERS = [
  'counter',
  'window',
  'max',
  'scope',
  'increment',
  'increment_from',
  'on_deny',
  'when_reached',
];

/** Whether the builder has fields for all of it. */
function isReadable(limit: Json): limit is JsonObject {
  return (
    isJsonObject(limit) &&
    describeLimit(limit) !== undefined &&
    Object.keys(limit).every((key) => MEMBERS.includes(key)) &&
    (limit.on_deny === undefined || typeof limit.on_deny === 'string') &&
    (limit.when_reached === undefined || limit.when_reached === 'deny' || limit.when_reached === 'ask')
  );
}

const SCOPES = [
  { value: 'grant', label: 'for each client' },
  { value: 'session', label: 'in each session' },
  { value: 'all', label: 'for everyone together' },
  { value: 'everywhere', label: 'for everyone, on all servers' },
] as const;

const ENDS = [
  { value: 'deny', label: 'then deny' },
  { value: 'ask', label: 'then ask me' },
] as const;

const WINDOWS = [
  { value: 'minute', label: 'per minute' },
  { value: 'hour', label: 'per hour' },
  { value: 'day', label: 'per day' },
  { value: 'month', label: 'per month' },
  { value: 'seconds', label: 'in so many seconds' },
] as const;

interface OneLimitProps {
  limit: JsonObject;
  names: readonly string[];
  taken: readonly string[];
  onChange: (limit: JsonObject) => void;
  onRemove: () => void;
  error: string | undefined;
}

function OneLimit({ limit, names, taken, onChange, onRemove, error }: OneLimitProps) {
  const [writes, setWrites] = useState(false);
  const set = (key: string, value: Json | undefined) => onChange(withMember(limit, key, value, MEMBERS));
  const seconds = typeof limit.window === 'number';
  const message = typeof limit.on_deny === 'string' ? limit.on_deny : undefined;
  return (
    <div className="flex flex-col gap-1.5 rounded-lg border border-line bg-sunken p-2">
      <div className="flex items-start gap-1.5">
        <div className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5">
          <span>At most</span>
          <NumberInput
            label="Maximum"
            positive
            value={Number(limit.max)}
            onChange={(max) => set('max', max)}
            className="w-20!"
          />
          <CountedSelect
            limit={limit}
            names={names}
            onChange={(next) => onChange(withOwnCounter(next, limit, taken))}
          />
          <Select
            aria-label="Window"
            size="small"
            value={seconds ? 'seconds' : (limit.window as 'day')}
            options={WINDOWS}
            onChange={(next) => set('window', next === 'seconds' ? 60 : next)}
            className="max-w-56 min-w-28 flex-1 [&_select]:h-8"
          />
          {seconds && (
            <NumberInput
              label="Seconds"
              positive
              value={Number(limit.window)}
              onChange={(window) => set('window', window)}
              className="w-24!"
            />
          )}
          <Select
            aria-label="Counted for"
            size="small"
            value={(limit.scope ?? 'grant') as 'grant'}
            options={SCOPES}
            onChange={(scope) => set('scope', scope)}
            className="max-w-56 min-w-28 flex-1 [&_select]:h-8"
          />
          <Select
            aria-label="When it is reached"
            size="small"
            value={(limit.when_reached ?? 'deny') as 'deny'}
            options={ENDS}
            onChange={(then) => set('when_reached', then === 'ask' ? then : undefined)}
            className="max-w-40 min-w-28 flex-1 [&_select]:h-8"
          />
        </div>
        <div className="flex shrink-0">
          {message === undefined && !writes && (
            <IconButton
              label="Add a message for the agent"
              size="small"
              icon={<MessageSquareText />}
              onClick={() => setWrites(true)}
            />
          )}
          <IconButton label="Remove the limit" size="small" icon={<Trash2 />} onClick={onRemove} />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-1.5 text-[13px] text-muted">
        <span>Counter</span>
        <TextValueInput
          label="Name of the counter"
          mono
          empty={false}
          value={String(limit.counter)}
          onChange={(counter) => set('counter', counter)}
          className="w-52!"
        />
        <span>Limits with the same name, counted for the same, share one count.</span>
      </div>
      {(message !== undefined || writes) && (
        <TextValueInput
          label="Message for the agent"
          placeholder="What the agent is told; without it, when to try again"
          value={message ?? ''}
          onChange={(text) => set('on_deny', text === '' ? undefined : text)}
        />
      )}
      <p role="alert" className="text-[13px] text-bad empty:hidden">
        {error !== undefined && <AgentText text={error} brief limit={400} />}
      </p>
    </div>
  );
}

/** Money is one purse: what was counted for each client, as a new limit is, is counted for everyone together. */
function inCommon(limit: JsonObject): JsonObject {
  return (limit.scope ?? 'grant') === 'grant' ? withMember(limit, 'scope', 'all', MEMBERS) : limit;
}

/** `next`, which counts something else than `limit` did: what others count by the same name cannot be added to it. */
function withOwnCounter(next: JsonObject, limit: JsonObject, taken: readonly string[]): JsonObject {
  const counter = String(limit.counter);
  const shared = taken.filter((each) => each === counter).length > 1;
  return next.increment_from === limit.increment_from || !shared
    ? next
    : withMember(next, 'counter', freeName(counter, taken), MEMBERS);
}

/** What is counted: calls, the cost, a number among the arguments, or so much for each call. */
function CountedSelect({ limit, names, onChange }: Pick<OneLimitProps, 'limit' | 'names' | 'onChange'>) {
  const { increment, increment_from: from } = limit;
  const chosen = typeof from === 'string' ? from : increment === undefined ? 'calls' : 'fixed';
  const paths = new Set([
    ...names.map((name) => `args.${name}`),
    ...(chosen.startsWith('args.') ? [chosen] : []),
  ]);
  const options = [
    { value: 'calls', label: 'calls' },
    { value: 'cost', label: 'in cost' },
    { value: 'fixed', label: 'points, each call counting' },
    ...[...paths].map((path) => ({ value: path, label: `by ${path.slice('args.'.length)}` })),
  ];
  const { increment: _one, increment_from: _other, ...rest } = limit;
  return (
    <>
      <Select
        aria-label="What is counted"
        size="small"
        value={chosen}
        options={options}
        onChange={(next) => {
          if (next === 'calls') onChange(rest);
          else if (next === 'fixed') onChange(withMember(rest, 'increment', 1, MEMBERS));
          else if (next === 'cost') onChange(withMember(inCommon(rest), 'increment_from', next, MEMBERS));
          else onChange(withMember(rest, 'increment_from', next, MEMBERS));
        }}
        className="max-w-56 min-w-28 flex-1 [&_select]:h-8"
      />
      {chosen === 'fixed' && (
        <NumberInput
          label="What each call counts"
          positive
          value={Number(increment)}
          onChange={(value) => onChange(withMember(limit, 'increment', value, MEMBERS))}
          className="w-20!"
        />
      )}
    </>
  );
}
