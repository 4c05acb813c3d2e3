import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { LUMA } from '../../shared/server-id.ts';
import { toolWords } from '../text/words.ts';
import { AgentText } from './agent-text.tsx';

/** By server, by tool. */
const Titles = createContext<ReadonlyMap<string, ReadonlyMap<string, string>>>(new Map());

/** Whose the tools are that stand in it, where that is not said of each. */
const Whose = createContext<string>(LUMA);

/** For what is in it: the tools are those of the server `id`. */
export function ToolsOf({ id, children }: { id: string; children: ReactNode }) {
  return <Whose value={id}>{children}</Whose>;
}

type Titled = readonly { name: string; title?: string | undefined }[];

interface ToolTitlesProps {
  /** What each server offers, as far as that is known. */
  tools: Readonly<Record<string, Titled>>;
  children: ReactNode;
}

/** For what is in it: how the servers call their tools. */
export function ToolTitles({ tools, children }: ToolTitlesProps) {
  const titles = useMemo(
    () => new Map(Object.entries(tools).map(([server, offered]) => [server, titlesOf(offered)])),
    [tools],
  );
  return <Titles value={titles}>{children}</Titles>;
}

function titlesOf(tools: Titled): Map<string, string> {
  return new Map(
    tools.flatMap(({ name, title = '' }) => (title.trim() === '' ? [] : [[name, title] as const])),
  );
}

/** What a tool is called in words, where that is known: as Greenlight does, else as its server does. */
function useWords(): (tool: string, server?: string) => string | undefined {
  const titles = useContext(Titles);
  const whose = useContext(Whose);
  return (tool, server = whose) => toolWords(tool, server) ?? titles.get(server)?.get(tool);
}

/**
 * A tool: in words, its name in the protocol small beside them; where there are no words, the name. `server`: absent where
 * {@link ToolsOf} says it.
 */
export function ToolName({ tool, server }: { tool: string; server?: string | undefined }) {
  const words = useWords()(tool, server);
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
export function useToolLabel(): (tool: string, server?: string) => string {
  const words = useWords();
  return (tool, server) => {
    const said = words(tool, server);
    return said === undefined ? tool : `${said} (${tool})`;
  };
}
