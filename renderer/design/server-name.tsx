import { createContext, type ReactNode, useCallback, useContext, useMemo } from 'react';
import { serverLabel } from '../../shared/server-name.ts';
import { AgentText } from './agent-text.tsx';
import { Select, withChosen } from './select.tsx';

interface Named {
  id: string;
  name: string;
}

const Names = createContext<readonly Named[]>([]);

/** For what is in it: what the servers are called. */
export function ServerNames({ servers, children }: { servers: readonly Named[]; children: ReactNode }) {
  // The state is another one each time; the names seldom are.
  const known = JSON.stringify(servers.map(({ id, name }) => ({ id, name })));
  return <Names value={useMemo(() => JSON.parse(known) as Named[], [known])}>{children}</Names>;
}

/** Every server, also where it is the only one. */
export function useEveryServer(): readonly Named[] {
  return useContext(Names);
}

/** The servers to choose from: none where there is only one. */
export function useServers(): readonly Named[] {
  const servers = useEveryServer();
  return servers.length > 1 ? servers : NONE;
}

const NONE: readonly Named[] = [];

/** What a server is called; `undefined` where it is the only one. */
export function useServerLabel(): (id: string) => string | undefined {
  const servers = useContext(Names);
  return useCallback((id) => serverLabel(servers, id), [servers]);
}

/** The name of a server with words before and after it; nothing of all that where it is the only one. */
export function ServerName({
  server,
  before = '',
  after = '',
}: {
  server: string;
  before?: string;
  after?: string;
}) {
  const label = useServerLabel()(server);
  if (label === undefined) return null;
  return (
    <>
      {before}
      <AgentText text={label} brief limit={80} />
      {after}
    </>
  );
}

/** One server, or every one (`undefined`); nothing where there is only one. One that is gone stays chosen. */
export function ServerSelect({
  chosen,
  onChoose,
}: {
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
}) {
  const servers = useServers();
  const label = useServerLabel();
  if (servers.length === 0 && chosen === undefined) return null;
  return (
    <Select
      aria-label="Server"
      className="max-w-44"
      value={chosen ?? ''}
      onChange={(id) => onChoose(id || undefined)}
      options={withChosen(
        [
          { value: '', label: 'Every server' },
          ...servers.map(({ id, name }) => ({ value: id, label: label(id) ?? name })),
        ],
        chosen ?? '',
      )}
    />
  );
}
