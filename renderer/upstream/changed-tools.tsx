import { Check } from 'lucide-react';
import type { Result } from '../../shared/contract.ts';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ChangeView } from '../design/change-view.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { ToolName } from '../design/tool-name.tsx';
import { useCall, useMethod } from '../store/use-method.ts';
import { marked } from '../text/visible.ts';
import { toolText } from './tool-text.ts';

type Tool = Result<'upstream.tools'>['tools'][number];
type ChangedTool = Tool & { change: NonNullable<Tool['change']> };

/** The tools that the person has not accepted as the server defines them now, each with the difference. */
export function ChangedTools({ server }: { server: string }) {
  const tools = useMethod('upstream.tools', { server }, { refetchOn: ['upstream'] }).data?.tools ?? [];
  const accept = useCall('upstream.acceptTools');
  const toast = useToast();
  const changed = tools.filter((tool): tool is ChangedTool => tool.change !== undefined);
  if (changed.length === 0) return null;

  async function take(these: readonly ChangedTool[]): Promise<void> {
    const named = these.map(({ name, change }) => ({ name, digest: change.digest }));
    if ((await accept.run({ server, tools: named })) !== undefined)
      toast({ text: these.length === 1 ? 'The tool is accepted.' : `${these.length} tools are accepted.` });
  }

  return (
    <Card
      title="Changed tools"
      actions={
        changed.length > 1 && (
          <Button size="small" off={accept.running} onClick={() => void take(changed)}>
            Accept all {changed.length}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-5">
        <p className="text-muted">
          The server changed or added these since you last accepted what it offers. Agents do what a tool’s
          description says: look for what does not belong there.
        </p>
        {accept.error !== undefined && <ErrorState message={`Nothing was accepted. ${accept.error}`} />}
        {changed.map((tool) => (
          <ChangeOf
            key={tool.name}
            server={server}
            tool={tool}
            off={accept.running}
            onAccept={() => void take([tool])}
          />
        ))}
      </div>
    </Card>
  );
}

function ChangeOf({
  server,
  tool: { name, change },
  off,
  onAccept,
}: {
  server: string;
  tool: ChangedTool;
  off: boolean;
  onAccept: () => void;
}) {
  const { before, after, seenAt } = change;
  return (
    <section aria-label={marked(`The tool ${name}`)} className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="hostile flex min-w-0 items-center gap-2 font-medium">
          <span>
            <ToolName tool={name} server={server} />
          </span>
          <Badge tone="warn">{before === undefined ? 'New' : 'Changed'}</Badge>
          <time dateTime={seenAt} className="text-[13px] font-normal text-muted">
            {new Date(seenAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
          </time>
        </h3>
        <Button size="small" icon={<Check />} off={off} onClick={onAccept}>
          Accept<span className="sr-only"> {marked(name)}</span>
        </Button>
      </div>
      <ChangeView
        label={`What changed in ${name}`}
        before={before === undefined ? '' : toolText(before)}
        after={toolText(after)}
      />
    </section>
  );
}
