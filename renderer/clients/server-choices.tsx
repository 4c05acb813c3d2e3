import type { Client, PolicySummary } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Checkbox } from '../design/checkbox.tsx';
import { Select } from '../design/select.tsx';
import { useEveryServer, useServerLabel, useServers } from '../design/server-name.tsx';
import { marked } from '../text/visible.ts';
import { type PolicyChoice, policyChoice, policyOptions, policyValue } from './policies.ts';

/** The servers that a client may use, each with its policy there. */
export type ChosenServers = ReadonlyMap<string, PolicyChoice>;

/**
 * Whether it is to be said which servers a client may use: where there are several, and where it may use none, also if
 * there is only one left.
 */
export function useAsksServers({ servers }: Pick<Client, 'servers'>): boolean {
  return useServers().length > 0 || servers.length === 0;
}

/** Which servers a client may use, and by which policy on each. */
export function ServerChoices({
  chosen,
  policies,
  onChange,
}: {
  chosen: ChosenServers;
  policies: readonly PolicySummary[];
  onChange: (chosen: ChosenServers) => void;
}) {
  const servers = useEveryServer();
  const label = useServerLabel();
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-2 font-medium">Servers that it may use</legend>
      {servers.map(({ id, name }) => {
        const called = label(id) ?? name;
        const policy = chosen.get(id);
        return (
          <div key={id} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <div className="hostile -m-[3px] min-w-0 flex-1 basis-40 p-[3px]">
              <Checkbox
                label={<AgentText text={called} brief limit={80} />}
                checked={policy !== undefined}
                // Without any it could not call anything.
                off={policy !== undefined && chosen.size === 1}
                onChange={(on) => onChange(withServer(servers, chosen, id, on ? null : undefined))}
              />
            </div>
            {policy !== undefined && (
              <Select
                size="small"
                aria-label={`Policy on ${marked(called)}`}
                className="max-w-72"
                value={policyValue(policy)}
                options={policyOptions(policies, policy, id)}
                onChange={(value) => onChange(withServer(servers, chosen, id, policyChoice(value)))}
              />
            )}
          </div>
        );
      })}
    </fieldset>
  );
}

/** `chosen` with another policy on the server `id`, or without it (`undefined`); in the order of the servers. */
function withServer(
  servers: readonly { id: string }[],
  chosen: ChosenServers,
  id: string,
  policy: PolicyChoice | undefined,
): ChosenServers {
  return new Map(
    servers.flatMap((server) => {
      const next = server.id === id ? policy : chosen.get(server.id);
      return next === undefined ? [] : [[server.id, next] as const];
    }),
  );
}

/** The choices as `clients.create` takes them. */
export function asked(chosen: ChosenServers): { servers: string[]; policies: Record<string, string> } {
  return {
    servers: [...chosen.keys()],
    policies: Object.fromEntries(
      [...chosen].flatMap(([id, policy]) => (policy === null ? [] : [[id, policy]])),
    ),
  };
}
