import { Ellipsis, KeyRound, Pause, Pencil, Play, ScrollText, Unplug } from 'lucide-react';
import { Fragment, type ReactNode, useState } from 'react';
import type { Client, PolicySummary } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Button, IconButton } from '../design/button.tsx';
import { ClientMark } from '../design/client-mark.tsx';
import { Field } from '../design/field.tsx';
import { Menu, MenuItem, MenuSeparator } from '../design/menu.tsx';
import { Select } from '../design/select.tsx';
import { ServerName } from '../design/server-name.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useNow } from '../design/use-now.ts';
import { href, navigate } from '../navigation/route.ts';
import { useChanges } from '../store/use-changes.ts';
import { useCall } from '../store/use-method.ts';
import { agoWords } from '../text/time.ts';
import { holdChoices } from './hold.ts';
import { type PolicyChoice, policyChoice, policyOptions, policyValue } from './policies.ts';
import { RenameClient } from './rename-client.tsx';
import { useAsksServers } from './server-choices.tsx';
import type { NewToken } from './token-dialog.tsx';
import { RevokeDialog, RotateDialog } from './token-questions.tsx';

interface GrantRowProps {
  client: Client;
  policies: readonly PolicySummary[];
  /** Asks for the clients anew. */
  reload: () => Promise<void>;
  onToken: (token: NewToken) => void;
}

/** One grant: who uses it, what it may, and what can be done with it. */
export function GrantRow({ client, policies, reload, onToken }: GrantRowProps) {
  const [asking, setAsking] = useState<'rename' | 'rotate' | 'revoke'>();
  const close = () => setAsking(undefined);
  const pausing = usePausing(client, reload);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-3 px-5 py-4 max-sm:px-4 md:grid-cols-[minmax(0,1fr)_26rem_auto]">
      <div className="min-w-0">
        <div className="flex items-center gap-3">
          <ClientMark client={client} />
          <div className="min-w-0">
            <h2 className="hostile font-semibold">
              <a
                href={href('clients', client.id)}
                className="inline-block min-w-7 py-0.5 underline decoration-transparent underline-offset-2 hover:decoration-line-strong"
              >
                <AgentText text={client.label} brief limit={100} />
              </a>
            </h2>
            <Use client={client} />
            <Watched client={client} policies={policies} />
          </div>
        </div>
        {client.paused && (
          <div className="mt-1.5 flex flex-wrap items-center gap-2">
            <Badge tone="warn" icon={<Pause />}>
              Paused: its calls are denied
            </Badge>
            <Button size="small" off={pausing.running} onClick={() => pausing.set(false)}>
              Resume
            </Button>
          </div>
        )}
        {pausing.error !== undefined && <ErrorState message={pausing.error} />}
      </div>
      <div className="md:order-last">
        <Menu
          align="end"
          trigger={<IconButton label={`More for ${client.label}`} icon={<Ellipsis />} className="-mr-2" />}
        >
          <MenuItem icon={<Pencil />} onSelect={() => setAsking('rename')}>
            Rename…
          </MenuItem>
          <MenuItem icon={<KeyRound />} onSelect={() => setAsking('rotate')}>
            New token…
          </MenuItem>
          <MenuItem icon={<ScrollText />} onSelect={() => navigate(href('activity', 'client', client.id))}>
            Its calls
          </MenuItem>
          {client.paused ? (
            <MenuItem icon={<Play />} onSelect={() => pausing.set(false)}>
              Resume
            </MenuItem>
          ) : (
            <MenuItem icon={<Pause />} onSelect={() => pausing.set(true)}>
              Pause
            </MenuItem>
          )}
          <MenuSeparator />
          <MenuItem icon={<Unplug />} tone="danger" onSelect={() => setAsking('revoke')}>
            Revoke…
          </MenuItem>
        </Menu>
      </div>
      <Choices client={client} policies={policies} reload={reload} instead={<OnServers client={client} />} />
      {asking === 'rename' && <RenameClient client={client} onClose={close} />}
      {asking === 'rotate' && <RotateDialog client={client} onToken={onToken} onClose={close} />}
      {asking === 'revoke' && <RevokeDialog client={client} onClose={close} />}
    </div>
  );
}

/** Pauses the client and resumes it, and says so. */
function usePausing({ id, label }: Client, reload: () => Promise<void>) {
  const pause = useCall('clients.pause');
  const resume = useCall('clients.resume');
  const toast = useToast();

  async function put(paused: boolean): Promise<void> {
    const done = await (paused ? pause : resume).run({ id });
    if (done === undefined) return;
    await reload();
    const text = paused
      ? `${label} is paused: its calls are denied until you resume it.`
      : `${label} is resumed: its calls are judged again.`;
    toast({ text, onUndo: () => void put(!paused) });
  }

  return {
    set: (paused: boolean) => void put(paused),
    running: pause.running || resume.running,
    error: pause.error ?? resume.error,
  };
}

function Use({ client }: { client: Client }) {
  const now = useNow();
  const { name, version, lastUsedAt, callsToday } = client;
  const calls = `${callsToday.toLocaleString('en')} ${callsToday === 1 ? 'call' : 'calls'} today`;
  return (
    <p className="hostile text-[13px] text-muted">
      {lastUsedAt === undefined ? 'Never used' : `Last used ${agoWords(now - Date.parse(lastUsedAt))}`},{' '}
      {calls}
      {name !== undefined && (
        <>
          {', calls itself '}
          <AgentText text={version === undefined ? name : `${name} ${version}`} brief limit={80} />
        </>
      )}
    </p>
  );
}

function Watched({ client: { watchedPolicyId: id }, policies }: Pick<GrantRowProps, 'client' | 'policies'>) {
  if (id === undefined) return null;
  const name = policies.find((policy) => policy.id === id)?.name ?? id;
  return (
    <p className="hostile text-[13px] text-muted">
      Watches “<AgentText text={name} brief limit={80} />”
    </p>
  );
}

type ChoicesProps = Pick<GrantRowProps, 'client' | 'policies' | 'reload'>;

/**
 * The policy and the hold time of a client, set as they are chosen. With several servers it has a policy on each, and
 * with none it has no policy: then `instead` stands in its place.
 */
export function Choices({ client, policies, reload, instead }: ChoicesProps & { instead: ReactNode }) {
  const update = useCall('clients.update');
  const toast = useToast();
  const { onTheirWay, make } = useChanges<{ policyId?: PolicyChoice; holdSeconds?: number }>();
  const chosen = Object.assign({}, ...onTheirWay) as (typeof onTheirWay)[number];
  const followed = client.followsDefault ? null : client.policyId;
  const policyId = chosen.policyId === undefined ? followed : chosen.policyId;
  const holdSeconds = chosen.holdSeconds ?? client.holdSeconds;
  const onServers = useAsksServers(client);

  const save = (change: typeof chosen): Promise<boolean> =>
    make(change, async () => (await update.run({ id: client.id, ...change })) !== undefined, reload);

  async function choose(change: typeof chosen, before: typeof chosen, text: string): Promise<void> {
    if (await save(change)) toast({ text, onUndo: () => void save(before) });
  }

  return (
    <div className="grid grid-cols-[minmax(0,1fr)_8rem] gap-x-3 max-md:col-span-full">
      {onServers ? (
        instead
      ) : (
        <Field label={<FieldName>Policy</FieldName>} error={update.error}>
          <Select
            value={policyValue(policyId)}
            options={policyOptions(policies, policyId)}
            onChange={(value) => {
              const next = policyChoice(value);
              void choose(
                { policyId: next },
                { policyId },
                `${client.label} follows ${next === null ? 'the default' : 'another'} policy now.`,
              );
            }}
          />
        </Field>
      )}
      <Field label={<FieldName>Held</FieldName>} error={onServers ? update.error : undefined}>
        <Select
          value={String(holdSeconds)}
          options={holdChoices(holdSeconds)}
          onChange={(seconds) =>
            void choose(
              { holdSeconds: Number(seconds) },
              { holdSeconds },
              `Calls of ${client.label} are held for another time now.`,
            )
          }
        />
      </Field>
    </div>
  );
}

/** Which servers it may use; by which policy on each, its own page says and sets. */
function OnServers({ client: { id, servers } }: { client: Client }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <FieldName>Servers</FieldName>
      <a
        href={href('clients', id)}
        className="hostile inline-block min-w-7 py-1.5 underline decoration-line-strong underline-offset-2"
      >
        {servers.map((server, index) => (
          <Fragment key={server.id}>
            {index > 0 && ', '}
            <ServerName server={server.id} />
          </Fragment>
        ))}
        {servers.length === 0 && 'None: choose one'}
      </a>
    </div>
  );
}

function FieldName({ children }: { children: string }) {
  return <span className="text-[13px] font-normal text-muted">{children}</span>;
}
