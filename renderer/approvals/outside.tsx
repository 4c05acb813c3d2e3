import type { OutsideChange } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ChangeView } from '../design/change-view.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useCall, useMethod } from '../store/use-method.ts';
import { jsonLines } from '../text/json-lines.ts';
import { markedText } from '../text/visible.ts';

/** What other programs changed of what the person accepted, each with the difference; nothing when there is none. */
export function OutsideChanges({ online }: { online: boolean }) {
  const { data, reload } = useMethod('outside.list', {}, { refetchOn: ['outside'] });
  const decide = useCall('outside.decide');
  const toast = useToast();
  const changes = data?.changes ?? [];
  if (changes.length === 0 && decide.error === undefined) return null;

  async function answer({ id, digest }: OutsideChange, answered: 'use' | 'keep'): Promise<void> {
    const done = await decide.run({ id, digest, answer: answered });
    // Also when it failed: what stands there may be another by now.
    reload();
    if (done) toast({ text: answered === 'use' ? 'It is in force now.' : 'Yours was written back.' });
  }

  return (
    <section data-asks aria-labelledby="outside-title" className="flex flex-col gap-3">
      <h2 id="outside-title" className="text-base font-semibold">
        Changed outside Greenlight
      </h2>
      {decide.error !== undefined && <ErrorState message={decide.error} />}
      {changes.map((change) => (
        <Change
          key={change.id}
          change={change}
          off={!online || decide.running}
          onAnswer={(answered) => void answer(change, answered)}
        />
      ))}
    </section>
  );
}

function Change({
  change,
  off,
  onAnswer,
}: {
  change: OutsideChange;
  off: boolean;
  onAnswer: (answer: 'use' | 'keep') => void;
}) {
  const { name, path, before, after, seenAt } = change;
  return (
    <Card
      role="group"
      aria-label={markedText(`${name} was changed`)}
      className="flex flex-col gap-3 p-5 max-sm:p-4"
    >
      <div className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
        <h3 className="hostile min-w-0 font-semibold">
          <AgentText text={name} brief limit={80} />
        </h3>
        <Badge tone="warn">
          {before === undefined ? 'New' : after === undefined ? 'Taken out' : 'Changed'}
        </Badge>
        <time dateTime={seenAt} className="text-[13px] text-muted">
          {new Date(seenAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
        </time>
      </div>
      <p className="hostile">
        Another program wrote to <AgentText text={path} brief limit={300} />. {holds(change)}
      </p>
      <ChangeView
        label={`What changed in ${name}`}
        before={jsonLines(before)}
        after={jsonLines(after, before)}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button off={off} onClick={() => onAnswer('keep')}>
          {before === undefined ? 'Leave it out' : 'Keep mine'}
          <span className="sr-only"> of {markedText(name)}</span>
        </Button>
        <Button off={off} onClick={() => onAnswer('use')}>
          Use it<span className="sr-only">: {markedText(name)}</span>
        </Button>
      </div>
    </Card>
  );
}

/** What holds until the person has answered, and what the answers do. */
function holds({ kind, before }: OutsideChange): string {
  if (kind === 'client')
    return 'Was it you? Use it leaves the entry as it is now; Keep mine writes Greenlight’s back, with a new token.';
  if (before === undefined)
    return 'Was it you? It counts once you use it; until then it is in force for nobody.';
  return 'Was it you? Until you answer, what you accepted stays in force. Keep mine writes that back into the file.';
}
