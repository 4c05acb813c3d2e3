import { RadioGroup } from 'radix-ui';
import { useId, useState } from 'react';
import type { Params, UpstreamStatus } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { Spinner } from '../design/states.tsx';
import { useLoaded } from '../store/use-live.ts';
import { useCall } from '../store/use-method.ts';
import { upstreamWords } from '../text/words.ts';

const HOSTED = 'https://luma.mcp.acedata.cloud/mcp';

const CHOICES = [
  {
    kind: 'sandbox',
    title: 'Sandbox',
    about: 'Inside Greenlight. The same tools, small sample videos, no account, nothing spent.',
  },
  { kind: 'http', title: 'Hosted Luma', about: 'luma.mcp.acedata.cloud, with your token. Spends credits.' },
  {
    kind: 'stdio',
    title: 'Local mcp-luma',
    about: 'Started on this computer with uvx mcp-luma, with your token. Spends credits.',
  },
] as const;
type Kind = (typeof CHOICES)[number]['kind'];

/** The first step: the sandbox, or Luma in one of its two forms. Settings offers more. */
export function ChooseUpstream({ off }: { off: boolean }) {
  const { upstream } = useLoaded().state;
  const set = useCall('upstream.set');
  const [kind, setKind] = useState<Kind>(upstream.kind);
  const [token, setToken] = useState('');
  const inUse = upstream.kind === kind;
  const id = useId();

  async function use(chosen: Kind): Promise<void> {
    const done = await set.run(params(chosen, token.trim()));
    // It is in the vault now; the field has no more use for it.
    if (done?.status === 'connected') setToken('');
  }

  return (
    <div className="flex flex-col gap-3">
      <RadioGroup.Root
        aria-label="Where calls go"
        value={kind}
        onValueChange={(value) => {
          const chosen = value as Kind;
          setKind(chosen);
          set.reset();
          // The sandbox needs nothing more.
          if (chosen === 'sandbox' && upstream.kind !== 'sandbox' && !off) void use(chosen);
        }}
        className="grid grid-cols-3 gap-2 max-md:grid-cols-1"
      >
        {CHOICES.map(({ kind: each, title, about }) => (
          <RadioGroup.Item
            key={each}
            value={each}
            aria-labelledby={`${id}-${each}`}
            aria-describedby={`${id}-${each}-about`}
            className="flex min-w-0 flex-col gap-0.5 rounded-xl border border-line bg-surface p-3 text-left hover:border-line-strong data-[state=checked]:border-accent data-[state=checked]:ring-1 data-[state=checked]:ring-accent"
          >
            <span id={`${id}-${each}`} className="font-semibold">
              {title}
            </span>
            <span id={`${id}-${each}-about`} className="text-[13px] wrap-anywhere text-muted">
              {about}
            </span>
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      {kind !== 'sandbox' && (
        <form
          className="flex items-start gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (token.trim() !== '' && !off && !set.running) void use(kind);
          }}
        >
          <Field
            className="flex-1"
            label="Luma token"
            hint="From platform.acedata.cloud. It is kept in the keychain where there is one, and never shown to an agent."
          >
            <TextInput
              mono
              type="password"
              value={token}
              maxLength={8192}
              onChange={(event) => setToken(event.target.value)}
            />
          </Field>
          <Button
            type="submit"
            look="primary"
            className="mt-[1.65rem]"
            off={off || set.running || token.trim() === ''}
          >
            Connect
          </Button>
        </form>
      )}
      <Standing upstream={upstream} inUse={inUse} running={set.running} error={set.error} />
    </div>
  );
}

interface StandingProps {
  upstream: UpstreamStatus;
  /** Whether what is chosen here is what is in use. */
  inUse: boolean;
  running: boolean;
  error: string | undefined;
}

function Standing({ upstream, inUse, running, error }: StandingProps) {
  return (
    <div role="status" className="hostile text-[13px]">
      {running ? (
        <p className="flex items-center gap-2 text-muted">
          <Spinner /> Connecting…
        </p>
      ) : error !== undefined ? (
        <p className="text-bad">{error}</p>
      ) : inUse ? (
        <p className={upstream.status === 'connected' ? 'text-accent-strong' : 'text-muted'}>
          {upstreamWords(upstream)}
          {upstream.status === 'connected' && upstream.tools !== undefined && `: ${upstream.tools} tools`}.{' '}
          {upstream.message !== undefined && <AgentText text={upstream.message} />}
        </p>
      ) : (
        <p className="text-muted">Until then calls go on as before: {upstreamWords(upstream)}.</p>
      )}
    </div>
  );
}

function params(kind: Kind, token: string): Params<'upstream.set'> {
  switch (kind) {
    case 'sandbox':
      return { kind };
    case 'http':
      return { kind, url: HOSTED, token };
    case 'stdio':
      return { kind, command: 'uvx', args: ['mcp-luma'], env: { ACEDATACLOUD_API_TOKEN: token } };
  }
}
