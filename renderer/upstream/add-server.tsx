import { useEffect, useRef, useState } from 'react';
import type { Client, Params, Server } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Checkbox } from '../design/checkbox.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useCall, useMethod } from '../store/use-method.ts';
import { marked } from '../text/visible.ts';
import { readHeaders } from './command-line.ts';
import {
  AddressField,
  CommandFields,
  HeadersField,
  NO_COMMAND,
  readAddress,
  readCommand,
  TokenField,
  type TypedCommand,
  type UpstreamErrors,
  WHOLE_ADDRESS,
} from './fields.tsx';
import { type Found, FoundList } from './found-list.tsx';
import { SignIn } from './sign-in.tsx';
import { Standing } from './standing.tsx';

interface AddServerProps {
  /** The person is done with it; `id`: what was added. */
  onClose: (id?: string) => void;
}

/** Adds a server, says whether it works, and asks which clients may use it. */
export function AddServer({ onClose }: AddServerProps) {
  const [added, setAdded] = useState<Server>();
  return added === undefined ? (
    <Describe onAdded={setAdded} onClose={() => onClose()} />
  ) : (
    <Added server={added} onClose={() => onClose(added.id)} />
  );
}

const FOUND = { id: 'found', label: 'From your clients' } as const;

type Given = Extract<Params<'upstream.set'>, { kind: 'http' | 'stdio' }>;

const WAYS = [
  { id: 'http', label: 'By address' },
  { id: 'stdio', label: 'By command' },
] as const;

function Describe({ onAdded, onClose }: { onAdded: (server: Server) => void; onClose: () => void }) {
  const add = useCall('servers.add');
  const toast = useToast();
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
    };
  }, []);
  const [name, setName] = useState('');
  const [way, setWay] = useState<'http' | 'stdio' | 'found'>('http');
  const known = useMethod('connect.found', {});
  const found = known.data?.servers ?? [];
  const take = useCall('connect.take');
  const running = add.running || take.running;
  const [url, setUrl] = useState('');
  const [token, setToken] = useState('');
  const [headers, setHeaders] = useState('');
  const [typed, setTyped] = useState<TypedCommand>(NO_COMMAND);
  const [errors, setErrors] = useState<UpstreamErrors & { name?: string }>({});

  function read(): Given | (UpstreamErrors & { name?: string }) {
    if (name.trim() === '') return { name: 'Enter what it is to be called.' };
    if (way !== 'http') return readCommand(typed);
    const address = readAddress(url);
    if (address === undefined) return { url: WHOLE_ADDRESS };
    const given = readHeaders(headers);
    if ('error' in given) return { headers: given.error };
    return {
      kind: 'http',
      url: address,
      ...(token.trim() !== '' && { token: token.trim() }),
      ...(headers.trim() !== '' && given),
    };
  }

  async function save(): Promise<void> {
    const given = read();
    if (!('kind' in given)) {
      setErrors(given);
      return;
    }
    setErrors({});
    done(name.trim(), await add.run({ ...given, name: name.trim() }));
  }

  async function takeOver({ target, at, name }: Found): Promise<void> {
    done(name, await take.run({ target, at }));
  }

  function done(called: string, server: Server | undefined): void {
    if (server !== undefined) onAdded(server);
    // Why is said in the dialog, as long as that is there.
    else if (left.current)
      toast({ tone: 'bad', text: `${marked(called)} could not be added. Add it again to see why.` });
  }

  return (
    <Dialog
      title="Add a server"
      description="Its calls go through Greenlight then, as Luma’s do. Nobody may use it before you say so. What only reads runs then, and you are asked for the rest, until its policy says otherwise."
      size="medium"
      onClose={onClose}
      footer={
        <>
          {/* Also while it is added: one that hangs takes long, and it is in the list all the same. */}
          <Button onClick={onClose}>Cancel</Button>
          {way !== 'found' && (
            <Button look="primary" type="submit" form="add-server" off={add.running}>
              {add.running ? 'Connecting…' : 'Add and test'}
            </Button>
          )}
        </>
      }
    >
      <form
        id="add-server"
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!add.running) void save();
        }}
      >
        <span>
          <Segmented
            label="How it is reached"
            segments={found.length > 0 ? [...WAYS, FOUND] : WAYS}
            chosen={way}
            off={running}
            onChoose={setWay}
          />
        </span>
        {known.error !== undefined && (
          <ErrorState
            message={`What your clients have already could not be read. ${known.error}`}
            onRetry={known.reload}
          />
        )}
        {way === 'found' ? (
          <FoundList found={found} error={take.error} off={running} onTake={(one) => void takeOver(one)} />
        ) : (
          <>
            <Field label="Name" error={errors.name} hint="What it is called in questions and in the log.">
              <TextInput
                data-autofocus
                value={name}
                maxLength={60}
                placeholder="For example: Files"
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
            {way === 'http' ? (
              <>
                <AddressField value={url} onChange={setUrl} errors={errors} />
                <TokenField value={token} onChange={setToken} errors={errors} optional />
                <HeadersField value={headers} onChange={setHeaders} errors={errors} />
                <p className="text-[13px] text-muted">
                  Where the server asks you to sign in instead, do that in the next step.
                </p>
              </>
            ) : (
              <CommandFields value={typed} onChange={setTyped} errors={errors} />
            )}
          </>
        )}
        {add.error !== undefined && way !== 'found' && (
          <ErrorState message={`No server was added. ${add.error}`} />
        )}
      </form>
    </Dialog>
  );
}

function Added({ server, onClose }: { server: Server; onClose: () => void }) {
  const { id, name, url } = server;
  const known = useMethod('upstream.get', { server: id }, { refetchOn: ['upstream', 'servers'] });
  const clients = useMethod('clients.list', {}, { refetchOn: ['clients'] });
  const update = useCall('clients.update');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const active = clients.data?.clients.filter(({ revokedAt }) => revokedAt === undefined) ?? [];

  async function letThem(): Promise<void> {
    for (const client of active.filter((each) => chosen.has(each.id))) {
      const servers = [...client.servers.map((each) => each.id), id];
      if ((await update.run({ id: client.id, servers: [...new Set(servers)] })) === undefined) return;
    }
    onClose();
  }

  return (
    <Dialog
      title={`${name} is added`}
      size="medium"
      busy={update.running}
      onClose={onClose}
      footer={
        <Button look="primary" off={update.running} onClick={() => void letThem()}>
          {chosen.size === 0 ? 'Done' : 'Let them use it'}
        </Button>
      }
    >
      <div className="flex flex-col gap-5">
        {known.data === undefined ? (
          known.error === undefined ? (
            <Loading what="how it stands" />
          ) : (
            <ErrorState message={known.error} onRetry={known.reload} />
          )
        ) : (
          <>
            <Standing server={id} upstream={known.data.status} />
            {known.data.settings.kind === 'http' && known.data.status.status !== 'connected' && (
              <SignIn
                server={id}
                standing={known.data.signIn}
                prepare={async () => true}
                onDone={() => undefined}
              />
            )}
          </>
        )}
        <Address url={url} />
        {clients.data === undefined ? (
          clients.error === undefined && <Loading what="your clients" />
        ) : (
          <Choose clients={active} chosen={chosen} onChoose={setChosen} />
        )}
        {clients.error !== undefined && (
          <ErrorState
            message={`Your clients could not be loaded. ${clients.error}`}
            onRetry={clients.reload}
          />
        )}
        {update.error !== undefined && <ErrorState message={`Not all of them may use it. ${update.error}`} />}
      </div>
    </Dialog>
  );
}

/** Where clients find a server. */
export function Address({ url }: { url: string }) {
  return (
    <p className="flex flex-wrap items-center gap-2">
      <span className="text-muted">For clients</span>
      <code className="hostile min-w-0 rounded-md bg-sunken px-2 py-1 font-mono text-[13px]">{url}</code>
      <CopyButton text={url} label="Copy the address" />
    </p>
  );
}

function Choose({
  clients,
  chosen,
  onChoose,
}: {
  clients: readonly Client[];
  chosen: ReadonlySet<string>;
  onChoose: (chosen: ReadonlySet<string>) => void;
}) {
  if (clients.length === 0)
    return <p className="text-muted">There is no client yet that could use it: connect one under Clients.</p>;
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">Who may use it</legend>
      {clients.map(({ id, label }) => (
        <Checkbox
          key={id}
          label={<AgentText text={label} brief limit={100} />}
          checked={chosen.has(id)}
          onChange={(on) => {
            const next = new Set(chosen);
            if (on) next.add(id);
            else next.delete(id);
            onChoose(next);
          }}
        />
      ))}
      <p className="text-[13px] text-muted">
        Each with the token that it has already: enter the address above in its configuration.
      </p>
    </fieldset>
  );
}
