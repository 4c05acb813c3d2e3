import type { FoundServer } from '../../shared/contract.ts';
import { deadOf, isProtectable } from '../../shared/found-server.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Checkbox } from '../design/checkbox.tsx';
import { useEveryServer } from '../design/server-name.tsx';

/** The entries that lead to a server that Greenlight has no more. */
export function useDead(): (servers: readonly FoundServer[]) => readonly FoundServer[] {
  const known = useEveryServer();
  return (servers) => deadOf(servers, (server) => known.some(({ id }) => id === server));
}

/** What `servers` are called, one after the other. */
export function namesOf(servers: readonly FoundServer[]): string {
  return servers.map(({ name }) => `“${name}”`).join(', ');
}

/** Where `server` stands, whatever it is: one that is changed meanwhile is left as it was chosen. */
export const placeOf = ({ name, project = '' }: FoundServer) => JSON.stringify([project, name]);

interface FoundServersProps {
  servers: readonly FoundServer[];
  /** Those that are to stay as they are, by their places. */
  left: ReadonlySet<string>;
  onChange: (place: string, on: boolean) => void;
}

/** The servers beside Luma in a client's file: those that go behind Greenlight, and why others do not. */
export function FoundServers({ servers, left, onChange }: FoundServersProps) {
  const others = servers.filter(({ luma, greenlight }) => !luma && !greenlight);
  const dead = useDead()(servers);
  const already = servers.filter(
    (server) => server.greenlight && server.name !== 'greenlight' && !dead.includes(server),
  );
  if (others.length === 0) return null;
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-semibold">Other MCP servers in this file</legend>
      <p className="text-[13px] text-muted">
        Behind Greenlight, each keeps its name here; its command or address and its secrets go to Greenlight.
        It starts with a policy that asks before it changes anything.
        {already.length > 0 && (
          <>
            {' '}
            Behind it already:{' '}
            <AgentText text={already.map(({ name }) => name).join(', ')} brief limit={200} />.
          </>
        )}
      </p>
      <ul className="flex flex-col gap-2.5">
        {others.map((server) => (
          <li key={server.at} className="hostile">
            <Checkbox
              label={<Name server={server} />}
              hint={<Where server={server} />}
              checked={isProtectable(server) && !left.has(placeOf(server))}
              off={!isProtectable(server)}
              onChange={(on) => onChange(placeOf(server), on)}
            />
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function Name({ server: { name, refused } }: { server: FoundServer }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <AgentText text={name} brief limit={100} />
      {refused !== undefined && <Badge tone="warn">Stays as it is</Badge>}
    </span>
  );
}

function Where({ server: { address, project, refused } }: { server: FoundServer }) {
  return (
    <>
      {address !== '' && (
        <span className="block font-mono text-xs">
          <AgentText text={address} brief limit={200} />
        </span>
      )}
      {project !== undefined && (
        <span className="block">
          In <AgentText text={project} brief limit={200} /> alone.
        </span>
      )}
      {refused !== undefined && (
        <span className="block">
          <AgentText text={refused} brief limit={400} />
        </span>
      )}
    </>
  );
}
