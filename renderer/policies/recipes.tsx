import { type ReactNode, useId, useRef } from 'react';
import type { Json } from '../../shared/json.ts';
import { parseHost } from '../../shared/policy/hosts.ts';
import {
  canLimitVideos,
  type Hourly,
  hourly,
  hoursWords,
  longPrompts,
  pictures,
  type Recipe,
  type WorkingHours,
  webhooks,
  workingHours,
} from '../../shared/policy/index.ts';
import { BudgetForm } from '../budget/budget-form.tsx';
import { Field } from '../design/field.tsx';
import { Select } from '../design/select.tsx';
import { Switch } from '../design/switch.tsx';
import { WordedInput } from './inputs.tsx';
import { WorkingHoursFields } from './working-hours-fields.tsx';

interface RecipesProps {
  document: Json;
  costUnit: string;
  onChange: (document: Json) => void;
  /** Shows a place in the JSON. */
  onShow: (pointer: string) => void;
}

/** What is wished most of a policy, as switches: each writes a part of the document, and is read from it. */
export function Recipes({ document, costUnit, onChange, onShow }: RecipesProps) {
  const id = useId();
  const shared = { document, onChange, onShow };
  const possible = canLimitVideos(document);
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-2 px-1 font-semibold">
        Recipes <span className="font-normal text-muted">· each writes a part of the policy</span>
      </h2>
      <ul className="rounded-xl border border-line bg-surface *:border-t *:border-line *:px-4 *:py-3 *:first:border-0">
        <li>
          <BudgetForm document={document} costUnit={costUnit} onChange={onChange} />
        </li>
        <RecipeRow
          {...shared}
          recipe={webhooks}
          title="No webhooks, or only to these hosts"
          fresh={{ hosts: [] }}
          words={({ hosts }) =>
            hosts.length === 0
              ? 'A call that gives an address to be called when the video is done (callback_url) is denied.'
              : 'callback_url is a web address on one of the hosts, or is left out; any other call is denied.'
          }
        >
          {({ hosts }, set) => (
            <HostsInput label="Webhook hosts" hint="Empty: no webhook at all." hosts={hosts} onChange={set} />
          )}
        </RecipeRow>
        <RecipeRow
          {...shared}
          recipe={pictures}
          title="Pictures only from these hosts"
          fresh={{ hosts: [] }}
          words={({ hosts }) =>
            hosts.length === 0
              ? 'A call that names a picture (start_image_url, end_image_url) is denied, until you name a host.'
              : 'start_image_url and end_image_url are web addresses on one of the hosts, or are left out; any other call is denied.'
          }
        >
          {({ hosts }, set) => <HostsInput label="Picture hosts" hosts={hosts} onChange={set} />}
        </RecipeRow>
        <RecipeRow
          {...shared}
          recipe={longPrompts}
          title="Ask for long prompts"
          fresh={{ characters: 1000 }}
          words={({ characters }) =>
            `You are asked about a prompt of ${characters.toLocaleString('en')} characters or more, also where the tool is allowed.`
          }
        >
          {({ characters }, set) => (
            <CountInput
              label="Characters"
              value={characters}
              onChange={(next) => set({ characters: next })}
            />
          )}
        </RecipeRow>
        <RecipeRow
          {...shared}
          recipe={hourly}
          off={!possible}
          title="At most so many videos an hour"
          fresh={{ max: 5, scope: 'grant' }}
          words={() =>
            possible
              ? 'All tools that make videos share one count, in any 60 minutes. What is past it is denied.'
              : 'No tool that makes videos may be called under this policy.'
          }
        >
          {({ max, scope }, set) => (
            <>
              <CountInput label="Videos" value={max} onChange={(next) => set({ max: next, scope })} />
              <Field label="Counted for" className="w-52">
                <Select value={scope} options={SCOPES} onChange={(next) => set({ max, scope: next })} />
              </Field>
            </>
          )}
        </RecipeRow>
        <RecipeRow
          {...shared}
          recipe={workingHours}
          title="Working hours"
          fresh={OFFICE}
          words={({ outside, ...hours }) =>
            `A call at another time than ${hoursWords(hours)}, is ${outside === 'deny' ? 'denied' : 'asked for, also where the tool is allowed'}. By the clock of this computer.`
          }
        >
          {(hours, set) => <WorkingHoursFields hours={hours} onChange={set} />}
        </RecipeRow>
      </ul>
    </section>
  );
}

const SCOPES: readonly { value: Hourly['scope']; label: string }[] = [
  { value: 'grant', label: 'each client' },
  { value: 'all', label: 'everyone together' },
];

const OFFICE: WorkingHours = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '18:00',
  outside: 'deny',
};

interface RecipeRowProps<Value> extends Pick<RecipesProps, 'document' | 'onChange' | 'onShow'> {
  recipe: Recipe<Value>;
  title: string;
  /** What it is switched on with at first. */
  fresh: Value;
  /** What it does, in a sentence. */
  words: (value: Value) => string;
  off?: boolean;
  /** The fields, while it is on. */
  children: (value: Value, set: (value: Value) => void) => ReactNode;
}

function RecipeRow<Value>(props: RecipeRowProps<Value>) {
  const { document, onChange, onShow, recipe, title, fresh, words, off = false, children } = props;
  const found = recipe.recognise(document);
  /** Switched off by mistake, it comes back as it was. */
  const last = useRef(fresh);
  if (found.kind === 'on') last.current = found.value;
  const set = (value: Value | undefined) => onChange(recipe.apply(document, value));
  if (found.kind === 'custom') {
    return (
      <li>
        <p className="font-medium">{title}</p>
        <p className="text-[13px] text-muted">
          Custom:{' '}
          <button
            type="button"
            className="inline-block min-h-[24px] rounded-sm underline underline-offset-2"
            onClick={() => onShow(found.at)}
            aria-label={`${title}: see the rules`}
          >
            see the rules
          </button>
        </p>
      </li>
    );
  }
  return (
    <li className="flex flex-col gap-2">
      <Switch
        label={title}
        hint={words(last.current)}
        checked={found.kind === 'on'}
        off={off}
        onChange={(checked) => set(checked ? last.current : undefined)}
      />
      {found.kind === 'on' && (
        <div className="flex flex-wrap items-start gap-x-3 gap-y-2">{children(found.value, set)}</div>
      )}
    </li>
  );
}

interface HostsInputProps {
  label: string;
  hint?: string;
  hosts: readonly string[];
  onChange: (value: { hosts: readonly string[] }) => void;
}

function HostsInput({ label, hint, hosts, onChange }: HostsInputProps) {
  return (
    <WordedInput<string[]>
      label={label}
      {...(hint !== undefined && { hint })}
      mono
      placeholder="cdn.example.com, *.example.org"
      className="min-w-0 flex-1 basis-72"
      value={[...hosts]}
      show={(list) => list.join(', ')}
      read={(text) => {
        const list = text.split(/[\s,]+/).filter((host) => host !== '');
        const wrong = list.map(parseHost).find((host) => typeof host === 'string');
        return wrong ?? { value: list };
      }}
      onChange={(list) => onChange({ hosts: list })}
    />
  );
}

interface CountInputProps {
  label: string;
  value: number;
  onChange: (value: number) => void;
}

function CountInput({ label, value, onChange }: CountInputProps) {
  return (
    <WordedInput<number>
      label={label}
      className="w-44"
      value={value}
      show={String}
      read={(text) =>
        /^[1-9]\d{0,6}$/.test(text.trim())
          ? { value: Number(text) }
          : 'Enter a whole number from 1 to 9,999,999.'
      }
      onChange={onChange}
    />
  );
}
