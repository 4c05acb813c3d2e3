import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';

/** The rule that decided of a call, with the way to it in the document. */
export function DecidedBy({ rule, onShow }: { rule: string; onShow: (pointer: string) => void }) {
  if (!rule.startsWith('/')) return <p className="text-[13px] text-muted">Decided by: {rule}</p>;
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-[13px] text-muted">
      Decided by
      <Button size="small" onClick={() => onShow(rule)} className="max-w-full font-mono whitespace-normal!">
        <span className="hostile">
          <AgentText text={rule} brief limit={200} />
        </span>
      </Button>
    </p>
  );
}
