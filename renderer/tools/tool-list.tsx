import { useState } from 'react';
import type { Tool } from '../../shared/contract.ts';
import { categories } from '../../shared/tool-category.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { type Option, Select } from '../design/select.tsx';
import { ErrorState } from '../design/states.tsx';
import { Cell, HeadCell, Row, Table, TableHead } from '../design/table.tsx';
import { useToast } from '../design/toast.tsx';
import { ToolName } from '../design/tool-name.tsx';
import { useChanges } from '../store/use-changes.ts';
import { useCall, useMethod } from '../store/use-method.ts';
import { CATEGORY_WORDS } from '../text/category-words.ts';
import { marked } from '../text/visible.ts';

/** Tools that are shown at first: a server may offer hundreds. */
const SHOWN = 12;

/** For what the definition tells, in place of what the person chose. */
const BY_DEFINITION = 'definition';

type ToolChoice = (typeof categories)[number] | typeof BY_DEFINITION;

const DEFINED: Option<ToolChoice> = { value: BY_DEFINITION, label: 'As its definition says' };

const CHOICES: readonly Option<ToolChoice>[] = categories.map((value) => ({
  value,
  label: CATEGORY_WORDS[value],
}));

interface ToolListProps {
  server: string;
  /** What the server is called, where the page does not say it. */
  named?: string | undefined;
}

/** What each tool of a server does, why it is thought so, and a choice for where that is wrong. */
export function ToolList({ server, named }: ToolListProps) {
  const answer = useMethod('upstream.tools', { server }, { refetchOn: ['upstream'] });
  const tools = answer.data?.tools ?? [];
  const correct = useCall('upstream.correctTool');
  const toast = useToast();
  const { onTheirWay, make } = useChanges<{ name: string; chosen: ToolChoice }>();
  const [all, setAll] = useState(false);
  const title = named === undefined ? 'Tools' : `Tools of ${named}`;
  if (answer.data === undefined && answer.error !== undefined)
    return (
      <Card title={title}>
        <ErrorState message={`The tools could not be loaded. ${answer.error}`} onRetry={answer.reload} />
      </Card>
    );
  if (tools.length === 0) return null;

  async function choose({ name, digest }: Tool, chosen: ToolChoice) {
    const category = chosen === BY_DEFINITION ? null : chosen;
    const save = async () => (await correct.run({ server, name, digest, category })) !== undefined;
    if (await make({ name, chosen }, save, answer.reload))
      toast({
        text: category === null ? 'It goes by its definition again.' : 'Kept, until the tool changes.',
      });
  }

  return (
    <Card title={title}>
      <div className="flex flex-col gap-3">
        <p className="text-muted">
          What each tool does, by its name, its description and what it takes. Where that is wrong, say what
          is right.
        </p>
        {correct.error !== undefined && <ErrorState message={`Nothing was kept. ${correct.error}`} />}
        <Table label="Tools">
          <TableHead>
            <HeadCell>Tool</HeadCell>
            <HeadCell className="max-sm:hidden">What it does</HeadCell>
          </TableHead>
          <tbody>
            {(all ? tools : tools.slice(0, SHOWN)).map((tool) => (
              <Row key={tool.name}>
                {/* Below each other where there is no room beside each other. */}
                <Cell className="max-sm:block max-sm:pr-4 max-sm:pb-1">
                  <ToolName tool={tool.name} />
                  <div className="text-muted">
                    <Why tool={tool} />
                  </div>
                </Cell>
                <Cell className="max-sm:block max-sm:pt-1 max-sm:pl-4 sm:w-52 sm:min-w-48">
                  <Select
                    size="small"
                    aria-label={`What ${marked(tool.name)} does`}
                    value={onTheirWay.findLast(({ name }) => name === tool.name)?.chosen ?? tool.category}
                    options={tool.corrected ? [...CHOICES, DEFINED] : CHOICES}
                    onChange={(chosen) => void choose(tool, chosen)}
                  />
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
        {!all && tools.length > SHOWN && (
          <Button size="small" className="self-start" onClick={() => setAll(true)}>
            Show all {tools.length}
          </Button>
        )}
      </div>
    </Card>
  );
}

/** Why it is thought that a tool does so, and what else stands out of it. */
function Why({ tool }: { tool: Tool }) {
  return (
    <>
      <AgentText text={tool.because} limit={200} />
      {tool.standsOut.map(({ kind, because, arguments: names }) => (
        <span key={kind} className="block">
          <AgentText
            text={names.length > 0 ? `${because.replace(/\.$/, '')}: ${names.join(', ')}.` : because}
            limit={200}
          />
        </span>
      ))}
    </>
  );
}
