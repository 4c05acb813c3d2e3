import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { PageLink } from '../design/page-link.tsx';
import { useServers } from '../design/server-name.tsx';
import { href, navigate } from '../navigation/route.ts';
import { AddServer } from '../upstream/add-server.tsx';

/** The way to other servers beside Luma: to add the first, or to all of them. */
export function OtherServers() {
  const several = useServers().length > 0;
  const [adding, setAdding] = useState(false);
  return (
    <p className="-mt-3 px-1 text-[13px] text-muted">
      {several ? (
        <PageLink to={href('servers')}>All servers</PageLink>
      ) : (
        <>
          Greenlight can stand before other MCP servers too.{' '}
          <Button size="small" look="quiet" onClick={() => setAdding(true)}>
            Add a server…
          </Button>
        </>
      )}
      {adding && (
        <AddServer
          onClose={(id) => {
            setAdding(false);
            if (id !== undefined) navigate(href('servers', id));
          }}
        />
      )}
    </p>
  );
}
