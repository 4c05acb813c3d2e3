import type { Result } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/states.tsx';
import { marked } from '../text/visible.ts';

export type Found = Result<'connect.found'>['servers'][number];

/** The servers that clients have already, each to be added with what it needs; its secrets never come here. */
export function FoundList({
  found,
  error,
  off,
  onTake,
}: {
  found: readonly Found[];
  /** Why the last one was not added. */
  error: string | undefined;
  off: boolean;
  onTake: (server: Found) => void;
}) {
  return (
    <div className="flex flex-col gap-3">
      <p className="text-[13px] text-muted">
        Its address or command and its secrets are taken over; the client’s configuration stays as it is. To
        put all of a client behind Greenlight at once, connect it under Clients.
      </p>
      {error !== undefined && <ErrorState message={`No server was added. ${error}`} />}
      <ul aria-label="Servers of your clients" className="divide-y divide-line rounded-xl border border-line">
        {found.map((server) => (
          <li key={`${server.target} ${server.at}`} className="flex items-center gap-3 px-4 py-2.5">
            <div className="hostile min-w-0 flex-1">
              <p className="flex flex-wrap items-center gap-x-2 font-medium">
                <AgentText text={server.name} brief limit={100} />
                {server.known !== undefined && <Badge tone="quiet">Added already</Badge>}
              </p>
              <p className="font-mono text-xs text-muted">
                <AgentText text={server.address} brief limit={200} />
              </p>
              <p className="text-[13px] text-muted">
                In <AgentText text={server.in.join(', ')} brief limit={120} />
              </p>
              {server.refused !== undefined && (
                <p className="text-[13px] text-warn">
                  <AgentText text={server.refused} brief limit={300} />
                </p>
              )}
            </div>
            {server.known === undefined && server.refused === undefined && (
              <Button
                size="small"
                aria-label={`Add ${marked(server.name)}`}
                off={off}
                onClick={() => onTake(server)}
              >
                Add
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
