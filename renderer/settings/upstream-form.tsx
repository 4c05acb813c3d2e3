import { useState } from 'react';
import type { Params, SignIn as SignInStanding } from '../../shared/contract.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import { Button } from '../design/button.tsx';
import { Field, TextArea, TextInput } from '../design/field.tsx';
import { ErrorState } from '../design/states.tsx';
import { useToast } from '../design/toast.tsx';
import { useCall } from '../store/use-method.ts';
import { ForgetDialog } from './forget-dialog.tsx';
import { joinArguments, readVariables, splitArguments } from './numbers.ts';
import { SignIn } from './sign-in.tsx';
import { CHOICES, chosenWords, HOSTED_URL, LOCAL, type UpstreamChoice } from './upstream-words.ts';

interface UpstreamFormProps {
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

const WHOLE_ADDRESS = 'Enter the whole address, starting with https:// or http://.';

type Errors = Partial<Record<'url' | 'token' | 'command' | 'args' | 'env', string>>;

/**
 * What an upstream needs before it can be used. The one part of the settings with a button: an address
 * without its token is of no use. Secrets are typed in here and never shown again.
 */
export function UpstreamForm({ choice, inForce, hasToken, signIn, onSaved, onCancel }: UpstreamFormProps) {
  const set = useCall('upstream.set');
  const toast = useToast();
  const http = inForce?.kind === 'http' ? inForce : undefined;
  const stdio = inForce?.kind === 'stdio' ? inForce : undefined;
  const [url, setUrl] = useState(http?.url ?? '');
  const [token, setToken] = useState('');
  const [command, setCommand] = useState(stdio?.command ?? '');
  const [args, setArgs] = useState(stdio === undefined ? '' : joinArguments(stdio.args));
  const [env, setEnv] = useState('');
  const [errors, setErrors] = useState<Errors>({});
  const [forgetting, setForgetting] = useState(false);
  const label = CHOICES.find(({ id }) => id === choice)?.label ?? '';
  const keptNames = stdio?.envNames ?? [];
  const tokenKept = choice === 'local' ? keptNames.includes(LOCAL.token) : hasToken;
  const signedIn = signIn?.state === 'in' || signIn?.state === 'over';
  const secret = choice === 'stdio' ? 'values' : 'token';

  function readAddress(): string | undefined {
    const address = choice === 'hosted' ? HOSTED_URL : url.trim();
    return /^https?:\/\/[^\s/]/i.test(address) && URL.canParse(address) ? address : undefined;
  }

  /** Signing in is to the upstream in use. */
  async function useAddress(): Promise<boolean> {
    const address = readAddress();
    setErrors(address === undefined ? { url: WHOLE_ADDRESS } : {});
    if (address === undefined) return false;
    return http?.url === address || (await set.run({ kind: 'http', url: address })) !== undefined;
  }

  function read(): Params<'upstream.set'> | Errors {
    const given = token.trim();
    switch (choice) {
      case 'hosted':
      case 'http': {
        const address = readAddress();
        if (address === undefined) return { url: WHOLE_ADDRESS };
        if (choice === 'hosted' && given === '' && !tokenKept && !signedIn)
          return {
            token: 'Hosted Luma needs a token. Make one at the provider and paste it here, or sign in.',
          };
        return { kind: 'http', url: address, ...(given !== '' && { token: given }) };
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
        if (command.trim() === '') return { command: 'Enter the command that starts the server.' };
        const words = splitArguments(args);
        if ('error' in words) return { args: words.error };
        const variables = readVariables(env);
        if ('error' in variables) return { env: variables.error };
        return { kind: 'stdio', command: command.trim(), args: words.args, env: variables.env };
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
    const status = await set.run(params);
    if (status === undefined) return;
    setToken('');
    setEnv('');
    onSaved();
    toast(chosenWords(label, status));
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
        <Field label="Address" error={errors.url} hint="For example https://example.com/mcp">
          <TextInput mono type="url" value={url} onChange={(event) => setUrl(event.target.value)} />
        </Field>
      )}
      {choice === 'stdio' && (
        <>
          <Field
            label="Command"
            error={errors.command}
            hint="A program on this computer, with its path where it is not on PATH."
          >
            <TextInput mono value={command} onChange={(event) => setCommand(event.target.value)} />
          </Field>
          <Field label="Arguments" error={errors.args} hint="As in a terminal; quotes keep words together.">
            <TextInput mono value={args} onChange={(event) => setArgs(event.target.value)} />
          </Field>
          <Field
            label="Environment variables"
            error={errors.env}
            hint={
              keptNames.length === 0
                ? 'One NAME=value on each line. The values are kept with the secrets and not shown again.'
                : `Kept with the secrets: ${keptNames.join(', ')}. Saving replaces them by what stands here.`
            }
          >
            <TextArea mono value={env} onChange={(event) => setEnv(event.target.value)} />
          </Field>
        </>
      )}
      {choice !== 'stdio' && (
        <Field
          label="Token"
          error={errors.token}
          hint={
            tokenKept
              ? 'A token is kept. Enter another one to replace it.'
              : `${choice === 'http' ? 'If the server wants one. ' : ''}It is kept with the secrets and not shown again.`
          }
        >
          <TextInput
            mono
            type="password"
            autoComplete="off"
            value={token}
            placeholder={tokenKept ? '••••••••••••' : ''}
            onChange={(event) => setToken(event.target.value)}
          />
        </Field>
      )}
      {(choice === 'hosted' || choice === 'http') && (
        <SignIn standing={signIn} prepare={useAddress} onDone={onSaved} />
      )}
      {set.error !== undefined && <ErrorState message={`The upstream was not changed. ${set.error}`} />}
      <div className="flex flex-wrap justify-end gap-2">
        {(hasToken || keptNames.length > 0) && (
          <Button look="quiet" className="mr-auto" onClick={() => setForgetting(true)}>
            Forget the {secret}…
          </Button>
        )}
        {onCancel !== undefined && <Button onClick={onCancel}>Cancel</Button>}
        <Button look="primary" type="submit" off={set.running}>
          {set.running ? 'Connecting…' : inForce === undefined ? `Use ${label}` : 'Save'}
        </Button>
      </div>
      {forgetting && <ForgetDialog secret={secret} onClose={() => setForgetting(false)} />}
    </form>
  );
}
