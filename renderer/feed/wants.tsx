import { ToolName } from '../design/tool-name.tsx';
import { wanted, wants } from '../text/words.ts';

/**
 * What a call of `tool` is about, after the client's label: in plain words for Luma's tools, by what it is
 * called for others. `past`: the call is over.
 */
export function Wants({ tool, past = false }: { tool: string; past?: boolean }) {
  const known = past ? wanted(tool) : wants(tool);
  if (known !== undefined) return <>{known}</>;
  return (
    <>
      {past ? 'wanted' : 'wants'} to call <ToolName tool={tool} />
    </>
  );
}
