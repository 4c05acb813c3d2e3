import { Card } from '../design/card.tsx';
import { Field } from '../design/field.tsx';
import { Select } from '../design/select.tsx';
import { ErrorState } from '../design/states.tsx';
import { useMethod } from '../store/use-method.ts';
import { dayWords, sizeWords } from '../text/kept.ts';
import { useSetting } from './use-setting.ts';

/** How long and how much the log keeps, with what is used now, and what becomes of the rest. */
export function Kept() {
  const activity = useSetting('activity');
  const { data, error } = useMethod('activity.kept', {}, { refetchOn: ['activity'] });
  const { keepFor, atMost } = activity.value;
  return (
    <Card title="What is kept">
      <div className="flex flex-col gap-5">
        {error !== undefined && <ErrorState message={error} />}
        {data !== undefined && (
          <p>
            {sizeWords(data.bytes)} used now.{' '}
            {data.from === undefined ? 'The log is empty.' : `The log goes back to ${dayWords(data.from)}.`}
          </p>
        )}
        <Field
          label="Keep calls for"
          error={activity.error}
          hint="Older calls are removed while Greenlight runs. One that is not finished stays."
        >
          <Select
            className="max-w-72"
            value={keepFor}
            options={[
              { value: '90 days', label: '90 days' },
              { value: 'a year', label: 'A year' },
              { value: 'for ever', label: 'For ever' },
            ]}
            onChange={(next) => activity.save({ keepFor: next }, 'How long calls are kept is saved.')}
          />
        </Field>
        <Field label="Use at most" hint="Past that the oldest calls are removed.">
          <Select
            className="max-w-72"
            value={String(atMost) as `${typeof atMost}`}
            options={[
              { value: '256', label: '256 MB' },
              { value: '1024', label: '1 GB' },
              { value: '4096', label: '4 GB' },
              { value: '16384', label: '16 GB' },
            ]}
            onChange={(next) =>
              activity.save({ atMost: Number(next) as typeof atMost }, 'How much the log may use is saved.')
            }
          />
        </Field>
        <ul className="flex list-disc flex-col gap-1 ps-5 text-muted">
          <li>Answered approvals and the list of videos go with the calls of their time.</li>
          <li>Videos and pictures themselves stay with the server; no copy is kept here.</li>
          <li>What counts toward limits stays for 366 days; sessions, until they were unused for 30.</li>
          <li>Each policy keeps its newest 100 versions, and those that kept calls name.</li>
        </ul>
      </div>
    </Card>
  );
}
