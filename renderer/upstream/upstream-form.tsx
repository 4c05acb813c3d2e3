import { useState } from 'react';
import type { Params, SignIn as SignInStanding } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useCall } from '../store/use-method.ts';
import { joinArguments, readHeaders } from './command-line.ts';
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
import { ForgetDialog } from './forget-dialog.tsx';
import { SignIn } from './sign-in.tsx';
import { choicesOf, chosenWords, HOSTED_URL, LOCAL, type UpstreamChoice } from './upstream-words.ts';

interface UpstreamFormProps {
  /** Whose upstream it is. */
  server: string;
  choice: Exclude<UpstreamChoice, 'sandbox'>;
  /** The settings, when this choice is the one in force. */
  inForce: UpstreamSettings | undefined;
  /** Whether a token is kept for it. */
  hasToken: boolean;
  /** How the person’s sign-in to it stands, when this choice is the one in force. */
  signIn: SignInStanding | undefined;
  onSaved: () => void;
  /** Absent when the choice is in force already. */
  onCancel?: () => void;
}

/**
 * What an upstream needs before it can be used. The one part of the settings with a button: an address
 * without its token is of no use. Secrets are typed in here and never shown again.
 */
export function UpstreamForm(props: UpstreamFormProps) {
  const { server, choice, inForce, hasToken, signIn, onSaved, onCancel } = props;
  const set = useCall('upstream.set');
  const toast = useToast();
  const http = inForce?.kind === 'http' ? inForce : undefined;
  const stdio = inForce?.kind === 'stdio' ? inForce : undefined;
  const [url, setUrl] = useState(http?.url ?? '');
  const [token, setToken] = useState('');
  const [headers, setHeaders] = useState('');
  const [typed, setTyped] = useState<TypedCommand>(
    stdio === undefined ? NO_COMMAND : { command: stdio.command, args: joinArguments(stdio.args), env: '' },
  );
  const [errors, setErrors] = useState<UpstreamErrors>({});
  const [forgetting, setForgetting] = useState(false);
  const label = choicesOf(server).find(({ id }) => id === choice)?.label ?? '';
  const keptNames = stdio?.envNames ?? [];
  const headerNames = http?.headerNames ?? [];
  const keptOfAddress = [...headerNames, ...(http?.envNames ?? [])];
  const tokenKept = choice === 'local' ? keptNames.includes(LOCAL.token) : hasToken;
  const signedIn = signIn?.state === 'in' || signIn?.state === 'over';
  const secret = choice === 'stdio' ? 'values' : keptOfAddress.length > 0 ? 'secrets' : 'token';

  const address = choice === 'hosted' ? HOSTED_URL : readAddress(url);

  /** Signing in is to the upstream in use. */
  async function useAddress(): Promise<boolean> {
    setErrors(address === undefined ? { url: WHOLE_ADDRESS } : {});
    if (address === undefined) return false;
    return http?.url === address || (await set.run({ server, kind: 'http', url: address })) !== undefined;
  }

  function read(): Params<'upstream.set'> | UpstreamErrors {
    const given = token.trim();
    switch (choice) {
      case 'hosted':
      case 'http': {
        if (address === undefined) return { url: WHOLE_ADDRESS };
        if (choice === 'hosted' && given === '' && !tokenKept && !signedIn)
          return {
            token: 'Hosted Luma needs a token. Make one at the provider and paste it here, or sign in.',
          };
        const beside = readHeaders(headers);
        if ('error' in beside) return { headers: beside.error };
        return {
          kind: 'http',
          url: address,
          ...(given !== '' && { token: given }),
          ...(headers.trim() !== '' && beside),
        };
      }
      case 'local':
        if (given === '') return { token: 'A local mcp-luma needs a token. Paste it here.' };
        return {
          kind: 'stdio',
          command: LOCAL.command,
          args: [...LOCAL.args],
          env: { [LOCAL.token]: given },
        };
      case 'stdio': {
        const given = readCommand(typed);
        // It goes on being started in the folder that it has.
        return 'kind' in given && stdio?.cwd !== undefined ? { ...given, cwd: stdio.cwd } : given;
      }
    }
  }

  async function save(): Promise<void> {
    const params = read();
    if (!('kind' in params)) {
      setErrors(params);
      return;
    }
    setErrors({});
    const status = await set.run({ ...params, server });
    if (status === undefined) return;
    setToken('');
    setHeaders('');
    setTyped((now) => ({ ...now, env: '' }));
    onSaved();
    toast(chosenWords(server === LUMA ? label : 'What you entered', status));
  }

  return (
    <form
      aria-label={label}
      noValidate
      className="flex flex-col gap-4 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!set.running) void save();
      }}
    >
      {choice === 'http' && (
        <AddressField value={url} onChange={setUrl} errors={errors} keptNames={http?.envNames ?? []} />
      )}
      {choice === 'stdio' && (
        <CommandFields value={typed} onChange={setTyped} errors={errors} keptNames={keptNames} />
      )}
      {choice !== 'stdio' && (
        <TokenField
          value={token}
          onChange={setToken}
          errors={errors}
          kept={tokenKept}
          optional={choice === 'http'}
        />
      )}
      {choice === 'http' && (server !== LUMA || headerNames.length > 0) && (
        <HeadersField value={headers} onChange={setHeaders} errors={errors} keptNames={headerNames} />
      )}
      {(choice === 'hosted' || choice === 'http') && (
        <SignIn server={server} standing={signIn} prepare={useAddress} onDone={onSaved} />
      )}
      {set.error !== undefined && <ErrorState message={`The upstream was not changed. ${set.error}`} />}
      <div className="flex flex-wrap justify-end gap-2">
        {(hasToken || keptNames.length > 0 || keptOfAddress.length > 0) && (
          <Button look="quiet" className="mr-auto" onClick={() => setForgetting(true)}>
            Forget the {secret}…
          </Button>
        )}
        {onCancel !== undefined && <Button onClick={onCancel}>Cancel</Button>}
        <Button look="primary" type="submit" off={set.running}>
          {set.running
            ? 'Connecting…'
            : inForce !== undefined
              ? 'Save'
              : server === LUMA
                ? `Use ${label}`
                : 'Use it'}
        </Button>
      </div>
      {forgetting && <ForgetDialog server={server} secret={secret} onClose={() => setForgetting(false)} />}
    </form>
  );
}
