import { Code, Trash2 } from 'lucide-react';
import type { Json } from '../../shared/json.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button, IconButton } from '../design/button.tsx';

interface OnlyJsonProps {
  value: Json;
  error: string | undefined;
  onShow: () => void;
  onRemove: () => void;
}

/** A part of the policy that the builder has no words for: shown as it is, changed only in the JSON. */
export function OnlyJson({ value, error, onShow, onRemove }: OnlyJsonProps) {
  return (
    <div className="flex flex-col gap-1 rounded-lg border border-line bg-sunken p-2">
      <div className="flex items-start gap-1.5">
        <code className="hostile min-w-0 flex-1 self-center font-mono text-[12.5px]">
          <AgentText text={JSON.stringify(value)} limit={200} />
        </code>
        <Button size="small" icon={<Code />} onClick={onShow}>
          Show in the JSON
        </Button>
        <IconButton label="Remove this part" size="small" icon={<Trash2 />} onClick={onRemove} />
      </div>
      <p role="alert" className="text-[13px] text-bad empty:hidden">
        {error !== undefined && <AgentText text={error} brief limit={400} />}
      </p>
    </div>
  );
}
