import { useState } from 'react';
import { Card } from '../design/card.tsx';
import { Field } from '../design/field.tsx';
import { Select } from '../design/select.tsx';
import { costWords } from '../text/words.ts';
import { wholeNumber } from './numbers.ts';
import { SavedInput } from './saved-input.tsx';
import { useSetting } from './use-setting.ts';

/** How calls are held and logged, and what cost is called. */
export function Behaviour() {
  const hold = useSetting('holdSeconds');
  const changed = useSetting('changedTools');
  const unchecked = useSetting('uncheckedArguments');
  const answer = useSetting('answerSeconds');
  const largest = useSetting('largestCall');
  const activity = useSetting('activity');
  const unit = useSetting('costUnit');
  const [holdError, setHoldError] = useState<string>();
  const [answerError, setAnswerError] = useState<string>();
  const [largestError, setLargestError] = useState<string>();
  const example = costWords(0.4, unit.value);

  function saveHold(text: string): void {
    const seconds = wholeNumber(text, 0, 3600);
    setHoldError('error' in seconds ? seconds.error : undefined);
    if ('value' in seconds) hold.save(seconds.value, 'The hold time is saved.');
  }

  function saveAnswer(text: string): void {
    const seconds = wholeNumber(text, 1, 7200);
    setAnswerError('error' in seconds ? seconds.error : undefined);
    if ('value' in seconds) answer.save(seconds.value, 'The longest wait for an answer is saved.');
  }

  function saveLargest(text: string): void {
    const size = wholeNumber(text, 4, 1024);
    setLargestError('error' in size ? size.error : undefined);
    if ('value' in size) largest.save(size.value, 'The size of the largest call is saved.');
  }

  return (
    <Card title="Calls">
      <div className="flex flex-col gap-5">
        <Field
          label="Hold time, in seconds"
          error={holdError ?? hold.error}
          hint="How long a call that waits for you stays open before the agent gets a ticket and calls again. Many clients give up after 60 s; those known to wait, such as Claude Code, are held for 1 h. A client may have a hold time of its own, on the page Clients."
        >
          <SavedInput inputMode="numeric" className="max-w-28" value={String(hold.value)} onSave={saveHold} />
        </Field>
        <Field
          label="Longest wait for an answer, in seconds"
          error={answerError ?? answer.error}
          hint="How long a server over HTTP may take until its answer begins; once it has, there is no limit. Many clients give up by themselves after 60 s or 300 s."
        >
          <SavedInput
            inputMode="numeric"
            className="max-w-28"
            value={String(answer.value)}
            onSave={saveAnswer}
          />
        </Field>
        <Field
          label="Calls to a changed tool"
          error={changed.error}
          hint="Until you accept a tool that the server changed or added, whatever the policy allows."
        >
          <Select
            className="max-w-72"
            value={changed.value}
            options={[
              { value: 'ask', label: 'Ask me' },
              { value: 'deny', label: 'Deny' },
            ]}
            onChange={(then) => changed.save(then, 'What becomes of calls to a changed tool is saved.')}
          />
        </Field>
        <Field
          label="Arguments that cannot be checked"
          error={unchecked.error}
          hint="Some servers describe an argument by a pattern that Greenlight cannot run safely. All else is checked, and what the policy denies stays denied."
        >
          <Select
            className="max-w-72"
            value={unchecked.value}
            options={[
              { value: 'ask', label: 'Ask me' },
              { value: 'deny', label: 'Deny' },
            ]}
            onChange={(then) =>
              unchecked.save(then, 'What becomes of arguments that cannot be checked is saved.')
            }
          />
        </Field>
        <Field
          label="Largest call, in KiB"
          error={largestError ?? largest.error}
          hint="A larger call is refused, and its agent told. Luma’s tools need less than 10."
        >
          <SavedInput
            inputMode="numeric"
            className="max-w-28"
            value={String(largest.value)}
            onSave={saveLargest}
          />
        </Field>
        <Field
          label="The log keeps"
          error={activity.error}
          hint={
            activity.value.arguments === 'values'
              ? 'Prompts and all other arguments, with what looks like a secret masked and more than 16 KiB cut.'
              : 'Only what the arguments are called. Earlier calls stay as they were written.'
          }
        >
          <Select
            className="max-w-72"
            value={activity.value.arguments}
            options={[
              { value: 'values', label: 'The arguments' },
              { value: 'names', label: 'The names of the arguments only' },
            ]}
            onChange={(kept) => activity.save({ arguments: kept }, 'What the log keeps is saved.')}
          />
        </Field>
        <Field
          label="Unit of cost"
          error={unit.error}
          hint={`What the costs in your policies are counted in: “$”, “€”, “credits”. A cost of 0.4 reads ${example}.`}
        >
          <SavedInput
            className="max-w-28"
            maxLength={16}
            value={unit.value}
            onSave={(text) => unit.save(text.trim(), 'The unit of cost is saved.')}
          />
        </Field>
      </div>
    </Card>
  );
}
