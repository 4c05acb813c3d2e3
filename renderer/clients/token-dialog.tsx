import { useState } from 'react';
import { TOKEN_PLACEHOLDER } from '../../shared/mask.ts';
import { LUMA } from '../../shared/server-id.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Select } from '../design/select.tsx';
import { useServerLabel, useServers } from '../design/server-name.tsx';
import { ErrorState } from '../design/states.tsx';
import { useLoaded } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { Addresses } from './servers-card.tsx';

/** A token that was just made: Greenlight keeps its hash only. */
export interface NewToken {
  label: string;
  token: string;
  mcpUrl: string;
  /** Those that it may use. */
  servers: readonly { id: string }[];
}

/** The client that every snippet falls back to: it has no file that could be in the way. */
const ANY = 'other';

/** Shows a new token this once, with what to paste into each client. */
export function TokenDialog({
  token: { label, token, mcpUrl, servers },
  onClose,
}: {
  token: NewToken;
  onClose: () => void;
}) {
  const several = useServers().length > 0;
  const lumaUrl = useLoaded().state.mcpUrl;
  const nameOf = useServerLabel();
  const targets = useMethod('connect.targets', {}).data?.targets ?? [];
  const [chosen, setChosen] = useState<string>();
  // The application that the label names, most likely.
  const named = targets.find(({ name }) => label.toLowerCase().includes(name.toLowerCase()))?.id;
  const target = chosen ?? named ?? ANY;
  const preview = useMethod('connect.preview', { target, name: label });
  const known = useMethod('servers.list', {}).data?.servers ?? [];
  const own = known.filter(({ id }) => servers.some((server) => server.id === id));
  const [at, setAt] = useState<string>();
  const server = own.find(({ id }) => id === at) ?? own[0];
  // The snippet is for Luma; another server has another address.
  const snippet = preview.data?.snippet
    .replaceAll(TOKEN_PLACEHOLDER, token)
    .replaceAll(lumaUrl, server?.url ?? mcpUrl);

  return (
    <Dialog
      title={`The token of ${label}`}
      size="medium"
      onClose={onClose}
      footer={
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="flex flex-col gap-5">
        <Banner tone="warn">
          This token is shown this once: Greenlight keeps only its hash. Copy it, or the snippet with it, now.
        </Banner>
        <Copyable label="Token" text={token} copy="Copy the token" />
        {several ? (
          <Addresses of={servers.map(({ id }) => id)} />
        ) : (
          <Copyable label="MCP address" text={mcpUrl} copy="Copy the MCP address" />
        )}
        <div className="flex flex-col gap-2">
          <div className="flex flex-wrap items-center justify-between gap-2">
            <span className={`flex items-center gap-2 ${several ? 'min-w-0 flex-wrap' : ''}`}>
              <span className="font-medium">Snippet for</span>
              <Select
                aria-label="Snippet for"
                size="small"
                value={target}
                options={targets.map(({ id, name, form }) => ({
                  value: id,
                  label: form === undefined ? name : `${label}: ${form}`,
                }))}
                onChange={setChosen}
              />
              {several && server !== undefined && own.length > 1 && (
                <Select
                  aria-label="Snippet for the server"
                  size="small"
                  className="max-w-44"
                  value={server.id}
                  options={own.map(({ id, name }) => ({ value: id, label: nameOf(id) ?? name }))}
                  onChange={setAt}
                />
              )}
            </span>
            {snippet !== undefined && <CopyButton text={snippet} label="Copy the snippet" />}
          </div>
          {preview.error !== undefined && <ErrorState message={preview.error} />}
          {snippet !== undefined && <Snippet text={snippet} />}
          {several && server !== undefined && server.id !== LUMA && (
            <p className="text-[13px] text-muted">
              Where there is an entry called greenlight already, call this one otherwise, such as {server.id}.
            </p>
          )}
          {preview.data?.notes.map((note) => (
            <p key={note} className="text-[13px] text-muted">
              <AgentText text={note} brief limit={400} />
            </p>
          ))}
        </div>
      </div>
    </Dialog>
  );
}

/** A value that is to be copied, as it is. */
export function Copyable({ label, text, copy }: { label: string; text: string; copy: string }) {
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-center justify-between gap-4">
        <span className="font-medium">{label}</span>
        <CopyButton text={text} label={copy} />
      </div>
      <Snippet text={text} />
    </div>
  );
}

/** Text to be copied, as it is. */
function Snippet({ text }: { text: string }) {
  return (
    <pre className="hostile rounded-lg border border-line bg-sunken px-3 py-2 font-mono text-[13px] leading-[1.5] whitespace-pre-wrap">
      {text}
    </pre>
  );
}
