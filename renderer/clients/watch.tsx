import type { Client, PolicySummary } from '../../shared/contract.ts';
import { Card } from '../design/card.tsx';
import { Field } from '../design/field.tsx';
import { PageLink } from '../design/page-link.tsx';
import { Select, withChosen } from '../design/select.tsx';
import { useToast } from '../design/toast.tsx';
import { href } from '../navigation/route.ts';
import { useChanges } from '../store/use-changes.ts';
import { useCall } from '../store/use-method.ts';

interface WatchCardProps {
  client: Client;
  policies: readonly PolicySummary[];
  /** Asks for the clients anew. */
  reload: () => Promise<void>;
}

/** Stands among the choices for none; no policy has this id. */
const NONE = '';

/** Which policy, of those for its servers, is watched for the client, and where to see what it would have done. */
export function WatchCard({ client, policies, reload }: WatchCardProps) {
  const update = useCall('clients.update');
  const toast = useToast();
  const { onTheirWay, make } = useChanges<{ watchedPolicyId: string | null }>();
  const newest = onTheirWay.at(-1);
  const watched = newest === undefined ? (client.watchedPolicyId ?? null) : newest.watchedPolicyId;
  const options = [
    { value: NONE, label: 'None' },
    ...policies
      .filter(({ server }) => client.servers.some(({ id }) => id === server))
      .map(({ id, name }) => ({ value: id, label: name })),
  ];
  const called = policies.find(({ id }) => id === watched)?.name;

  const save = (watchedPolicyId: string | null): Promise<boolean> =>
    make(
      { watchedPolicyId },
      async () => (await update.run({ id: client.id, watchedPolicyId })) !== undefined,
      reload,
    );

  async function choose(next: string | null): Promise<void> {
    if (!(await save(next))) return;
    const text = next === null ? 'No policy is watched' : 'A policy is watched from now on';
    toast({ text: `${text} for ${client.label}.`, onUndo: () => void save(watched) });
  }

  return (
    <Card title="Watch a policy">
      <div className="flex flex-col gap-3">
        <Field
          label="Policy to watch"
          hint="It decides nothing: beside each call, the log says what it would have done."
          error={update.error}
        >
          <Select
            className="max-w-96"
            value={watched ?? NONE}
            options={withChosen(options, watched ?? NONE, called)}
            onChange={(value) => void choose(value === NONE ? null : value)}
          />
        </Field>
        {watched !== null && (
          <p className="flex flex-wrap gap-x-5 gap-y-1">
            {LINKS.map(([would, words]) => (
              <PageLink key={would} to={href('activity', 'client', client.id, 'watched', would)}>
                {words}
              </PageLink>
            ))}
          </p>
        )}
      </div>
    </Card>
  );
}

const LINKS = [
  ['deny', 'What it would have denied'],
  ['ask', 'What it would have asked'],
] as const;
