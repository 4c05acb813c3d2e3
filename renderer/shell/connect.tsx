import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { useTransport } from '../store/use-live.ts';
import { errorWords } from '../transport/transport.ts';
import { clientSnippet } from './client-snippet.ts';

/** How to connect an MCP client: the address, a token of its own, and what to paste. */
export function Connect({ mcpUrl, open }: { mcpUrl: string; open: boolean }) {
  const [token, setToken] = useState<string>();
  // Only at first: it must not close under a person who is copying a token when the first call arrives.
  const [openAtFirst] = useState(open);
  const snippet = clientSnippet(mcpUrl, token);
  return (
    <Card>
      <details open={openAtFirst} className="group">
        <summary className="flex items-center gap-2 rounded-xl px-5 py-3 font-semibold max-sm:px-4">
          <span className="text-muted transition-transform duration-100 group-open:rotate-90">
            <ChevronRight />
          </span>
          <h2 className="text-base">Connect a client</h2>
        </summary>
        <div className="flex flex-col gap-4 px-5 pb-5 max-sm:px-4">
          <Copyable label="MCP address" text={mcpUrl} copy="Copy the MCP address" />
          <NewToken onToken={setToken} />
          <Copyable
            label="For the client’s configuration"
            text={snippet}
            copy="Copy the configuration"
            note={
              token === undefined
                ? 'Put a client’s token where it says TOKEN: the one printed at the first start, or a new one.'
                : 'This token is shown this once. Copy the configuration now.'
            }
          />
        </div>
      </details>
    </Card>
  );
}

interface CopyableProps {
  label: string;
  text: string;
  /** What the copy button is called. */
  copy: string;
  note?: string;
}

function Copyable({ label, text, copy, note }: CopyableProps) {
  return (
    <div>
      <div className="mb-1 flex items-center justify-between gap-4">
        <span className="text-[13px] text-muted">{label}</span>
        <CopyButton text={text} label={copy} />
      </div>
      <pre className="rounded-lg border border-line bg-sunken px-3 py-2 font-mono text-[13px] leading-[1.5] [overflow-wrap:anywhere] whitespace-pre-wrap">
        {text}
      </pre>
      {note !== undefined && <p className="mt-1 text-[13px] text-muted">{note}</p>}
    </div>
  );
}

/** Makes a grant for one more client. */
function NewToken({ onToken }: { onToken: (token: string) => void }) {
  const transport = useTransport();
  const fieldId = useId();
  const [label, setLabel] = useState('');
  const [error, setError] = useState<string>();
  const ready = label.trim() !== '';

  async function create(): Promise<void> {
    setError(undefined);
    try {
      const { token } = await transport.call('clients.create', { label: label.trim() });
      setLabel('');
      onToken(token);
    } catch (failed) {
      setError(errorWords(failed));
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void create();
      }}
    >
      <label htmlFor={fieldId} className="mb-1 block text-[13px] text-muted">
        A token for a new client
      </label>
      <div className="flex gap-2">
        <input
          id={fieldId}
          value={label}
          maxLength={100}
          autoComplete="off"
          placeholder="Its name, for example Cursor"
          onChange={(event) => setLabel(event.target.value)}
          className="h-9 min-w-0 flex-1 rounded-lg border border-line-strong bg-bg px-3 placeholder:text-muted"
        />
        <Button type="submit" off={!ready}>
          Make a token
        </Button>
      </div>
      {error !== undefined && (
        <p role="alert" className="mt-1 text-[13px] text-bad">
          No token was made. {error}
        </p>
      )}
    </form>
  );
}
