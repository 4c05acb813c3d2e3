import { Badge } from '../design/badge.tsx';
import { Field } from '../design/field.tsx';
import { Select, withChosen } from '../design/select.tsx';
import { ServerName, useEveryServer, useServerLabel } from '../design/server-name.tsx';

/** Which server a policy is for, and whether that is gone; nothing where there is only one. */
export function ServerBadge({ server }: { server: string }) {
  const gone = useEveryServer().every(({ id }) => id !== server);
  if (useServerLabel()(server) === undefined) return null;
  if (gone)
    return (
      <Badge tone="warn">
        For the server <ServerName server={server} />, which is gone
      </Badge>
    );
  return (
    <Badge tone="quiet">
      <ServerName server={server} />
    </Badge>
  );
}

interface ServerFieldProps {
  /** What is chosen. */
  server: string;
  /** What the policy itself says, which stays to be chosen; it may be one that is not here. */
  named?: string;
  onChange: (server: string) => void;
}

/** Asks which server a new policy is for; nothing where there is only one that it can be for. */
export function ServerField({ server, named = server, onChange }: ServerFieldProps) {
  const servers = useEveryServer();
  const label = useServerLabel();
  const here = servers.map(({ id, name }) => ({ value: id, label: label(id) ?? name }));
  const options = withChosen(withChosen(here, named), server);
  if (options.length === 1) return null;
  const gone = here.every(({ value }) => value !== server);
  return (
    <Field
      label="For the server"
      hint={
        gone
          ? 'There is no such server here: the policy judges nothing until you add it, or choose another one.'
          : undefined
      }
    >
      <Select className="max-w-72" value={server} options={options} onChange={onChange} />
    </Field>
  );
}
