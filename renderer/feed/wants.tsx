import type { Approval } from '../../shared/contract.ts';
import { ServerName } from '../design/server-name.tsx';
import { ToolName } from '../design/tool-name.tsx';
import { wanted, wants } from '../text/words.ts';

type Asked = Pick<Approval, 'tool' | 'server'>;

/**
 * What a call is about, after the client's label: in plain words for Luma's tools, by what it is called for others; and
 * on which server, where there are several. `past`: the call is over.
 */
export function Wants({ of: { tool, server }, past = false }: { of: Asked; past?: boolean }) {
  const known = past ? wanted(tool, server) : wants(tool, server);
  return (
    <>
      {known ?? (
        <>
          {past ? 'wanted' : 'wants'} to call <ToolName tool={tool} server={server} />
        </>
      )}
      <ServerName server={server} before=" on " />
    </>
  );
}
