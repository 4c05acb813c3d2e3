import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { toolWords } from '../text/words.ts';
import { AgentText } from './agent-text.tsx';

const Titles = createContext<ReadonlyMap<string, string>>(new Map());

interface ToolTitlesProps {
  /** What the upstream offers, as far as that is known. */
  tools: readonly { name: string; title?: string | undefined }[];
  children: ReactNode;
}

/** For what is in it: how the upstream calls its tools. */
export function ToolTitles({ tools, children }: ToolTitlesProps) {
  const titles = useMemo(
    () => new Map(tools.flatMap(({ name, title = '' }) => (title.trim() === '' ? [] : [[name, title]]))),
    [tools],
  );
  return <Titles value={titles}>{children}</Titles>;
}

/** What a tool is called in words, where that is known: as Greenlight does, else as the upstream does. */
function useWords(): (tool: string) => string | undefined {
  const titles = useContext(Titles);
  return (tool) => toolWords(tool) ?? titles.get(tool);
}

/** A tool: in words, its name in the protocol small beside them; where there are no words, the name. */
export function ToolName({ tool }: { tool: string }) {
  const words = useWords()(tool);
  const name = <AgentText text={tool} brief limit={80} />;
  if (words === undefined) return <code className="font-mono">{name}</code>;
  return (
    <>
      <AgentText text={words} brief limit={80} />{' '}
      <code className="font-mono text-xs font-normal text-muted">{name}</code>
    </>
  );
}

/** The same where only a text can stand: "Make a video (luma_generate_video)". */
export function useToolLabel(): (tool: string) => string {
  const words = useWords();
  return (tool) => {
    const said = words(tool);
    return said === undefined ? tool : `${said} (${tool})`;
  };
}
