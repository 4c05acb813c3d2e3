import { PlugZap } from 'lucide-react';
import { Button } from '../design/button.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { href, navigate } from '../navigation/route.ts';
import { useMethod } from '../store/use-method.ts';

interface ConnectStepProps {
  mcpUrl: string;
  /** Whether a test call is on its way. */
  trying: boolean;
  off: boolean;
  onTry: () => void;
}

/** The second step: to the applications found on this computer, or a test call without any. */
export function ConnectStep({ mcpUrl, trying, off, onTry }: ConnectStepProps) {
  const targets = useMethod('connect.targets', {}, { refetchOn: ['clients'] });
  const found = targets.data?.targets.filter(({ detected }) => detected) ?? [];
  const open = found.filter(({ connected }) => !connected);
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">
        {found.length === 0
          ? 'An MCP client connects to the address below, with a token of its own.'
          : open.length === 0
            ? `${list(found.map(({ name }) => name))} ${found.length === 1 ? 'is' : 'are'} connected.`
            : `Found on this computer: ${list(open.map(({ name }) => name))}.`}
      </p>
      <p className="flex flex-wrap items-center gap-2">
        <code className="rounded-lg border border-line bg-sunken px-2 py-1 font-mono text-[13px]">
          {mcpUrl}
        </code>
        <CopyButton text={mcpUrl} label="Copy the MCP address" />
      </p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" off={trying || off} onClick={onTry}>
          {trying ? 'A test call is waiting below' : 'Try it with a test call'}
        </Button>
        <Button icon={<PlugZap />} onClick={() => navigate(href('clients', 'connect'))}>
          Connect a client…
        </Button>
      </div>
    </div>
  );
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat('en').format(names);
}
