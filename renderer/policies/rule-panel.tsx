import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import {
  countersOf,
  listOf,
  pointerOf,
  type RulePlace,
  ruleAt,
  setList,
  setPart,
} from '../../shared/policy/edit.ts';
import { approvalOf, type RuleApproval } from '../../shared/policy/outcome.ts';
import { Checkbox } from '../design/checkbox.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Select } from '../design/select.tsx';
import { ConditionList, newCondition } from './condition-list.tsx';
import { setApproval, setTimeoutOf } from './document.ts';
import { LimitList } from './limit-list.tsx';
import { OnlyJson } from './only-json.tsx';
import { describeRate, timeoutWords } from './words.ts';

export interface RulePanelProps {
  document: Json;
  place: RulePlace;
  /** The names of the tool's arguments; for every tool, those of any. */
  names: readonly string[];
  /** Those of them that are numbers; for every tool none, since a call without one would be denied. */
  numbers: readonly string[];
  onChange: (document: Json) => void;
  errorAt: (pointer: string) => string | undefined;
  onShow: (pointer: string) => void;
}

/** Everything a rule can say, in plain words. */
export function RulePanel(props: RulePanelProps) {
  const { document, place, names, numbers, onChange, errorAt, onShow } = props;
  const rule = ruleAt(document, place) ?? {};
  const at = pointerOf(place);
  const setPartTo = (part: string) => (list: Json[]) => onChange(setList(document, place, part, list));
  const shared = { names, errorAt, onShow };

  if (rule.action === 'deny') return <Reason {...props} rule={rule} />;
  return (
    <div className="flex flex-col gap-5">
      <ConditionList
        {...shared}
        title="Deny if any of these holds"
        judged="deny_if"
        pointer={`${at}/deny_if`}
        conditions={listOf(rule.deny_if)}
        onChange={setPartTo('deny_if')}
      />
      <ConditionList
        {...shared}
        title="Allow only if all of these hold"
        judged="require"
        pointer={`${at}/require`}
        conditions={listOf(rule.require)}
        onChange={setPartTo('require')}
      />
      <LimitList
        errorAt={errorAt}
        onShow={onShow}
        names={numbers}
        pointer={`${at}/limits`}
        limits={listOf(rule.limits)}
        counter={
          place === 'all_tools' ? 'calls' : 'tool' in place ? place.tool : `calls that ${place.category}`
        }
        taken={countersOf(document)}
        onChange={setPartTo('limits')}
      />
      {rule.rate_limit !== undefined && (
        <Rate
          rate={rule.rate_limit}
          error={errorAt(`${at}/rate_limit`)}
          onShow={() => onShow(`${at}/rate_limit`)}
          onRemove={() => onChange(setPart(document, place, 'rate_limit', undefined))}
        />
      )}
      <Asking {...props} rule={rule} at={at} />
      <Checkbox
        label="Check the arguments against the tool’s own schema"
        hint="A call with an argument that the tool does not know is refused."
        checked={rule.validate_arguments !== false}
        onChange={(checked) =>
          onChange(setPart(document, place, 'validate_arguments', checked ? undefined : false))
        }
      />
    </div>
  );
}

function Reason({ document, place, rule, onChange }: RulePanelProps & { rule: JsonObject }) {
  return (
    <Field label="What the agent is told" hint="Say what to do instead; the agent reads it.">
      <TextInput
        value={typeof rule.reason === 'string' ? rule.reason : ''}
        onChange={({ target: { value } }) =>
          onChange(setPart(document, place, 'reason', value === '' ? undefined : value))
        }
      />
    </Field>
  );
}

interface RateProps {
  rate: Json;
  error: string | undefined;
  onShow: () => void;
  onRemove: () => void;
}

function Rate({ rate, ...rest }: RateProps) {
  const words = describeRate(rate);
  return (
    <div className="flex flex-col gap-1.5">
      <p>
        {words === undefined ? (
          <span className="font-medium">Rate limit</span>
        ) : (
          <>
            <span className="font-medium">Rate limit:</span> {words}
          </>
        )}
      </p>
      <OnlyJson value={rate} {...rest} />
    </div>
  );
}

const MODES = [
  { id: 'never', label: 'Never' },
  { id: 'always', label: 'Every time' },
  { id: 'when', label: 'When…' },
] as const;

/** A rule for every tool adds to the tools' own, which may ask all the same. */
const EVERY_TOOL_MODES = [{ id: 'never', label: 'As each tool says' }, MODES[1], MODES[2]] as const;

const TIMEOUTS = ['1m', '2m', '5m', '10m', '30m', '1h', '24h'];

/** Whether and when the person is asked, and how long the question waits. */
function Asking(props: RulePanelProps & { rule: JsonObject; at: string }) {
  const { document, place, rule, at, names, onChange, errorAt, onShow } = props;
  const { mode, timeout } = approvalOf(rule);
  const when = isJsonObject(rule.require_approval) ? listOf(rule.require_approval.when) : [];
  const choose = (next: RuleApproval['mode']) =>
    next !== mode && onChange(setApproval(document, place, next, [newCondition(names)]));
  const known = timeout === undefined || TIMEOUTS.includes(timeout) ? TIMEOUTS : [...TIMEOUTS, timeout];
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="font-medium">Ask you</span>
        <Segmented
          label="Ask you"
          size="small"
          segments={place === 'all_tools' ? EVERY_TOOL_MODES : MODES}
          chosen={mode}
          onChoose={choose}
        />
        {mode !== 'never' && (
          <span className="flex items-center gap-3">
            <span className="text-muted">and wait</span>
            <Select
              aria-label="How long the question waits"
              size="small"
              value={timeout ?? ''}
              options={[
                { value: '', label: '5 min (the usual)' },
                ...known.map((value) => ({ value, label: timeoutWords(value) })),
              ]}
              onChange={(value) => onChange(setTimeoutOf(document, place, value === '' ? undefined : value))}
            />
          </span>
        )}
      </div>
      {mode === 'when' && (
        <ConditionList
          title="Ask if any of these holds"
          judged="when"
          pointer={`${at}/require_approval/when`}
          conditions={when}
          names={names}
          errorAt={errorAt}
          onShow={onShow}
          onChange={(list) => onChange(setApproval(document, place, 'when', list))}
        />
      )}
    </div>
  );
}
