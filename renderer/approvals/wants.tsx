import { AgentText } from '../design/agent-text.tsx';
import { wants } from '../text/words.ts';

/** What a call of `tool` is about, after the client's label: in plain words for Luma's tools, by name for others. */
export function Wants({ tool }: { tool: string }) {
  const known = wants(tool);
  if (known !== undefined) return <>{known}</>;
  return (
    <>
      wants to call{' '}
      <code className="font-mono">
        <AgentText text={tool} brief limit={100} />
      </code>
    </>
  );
}
