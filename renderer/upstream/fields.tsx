import { variablesNamed } from '../../shared/argument-variable.ts';
import { hideSecrets } from '../../shared/hide-secrets.ts';
import { holdsSecret } from '../../shared/looks-secret.ts';
import { Field, TextArea, TextInput } from '../design/field.tsx';
import { readVariables, splitArguments } from './command-line.ts';

/** What is wrong with what was typed, and what to do. */
export type UpstreamErrors = Partial<
  Record<'url' | 'token' | 'headers' | 'command' | 'args' | 'env', string>
>;

/** What is said of a text that is no address. */
export const WHOLE_ADDRESS = 'Enter the whole address, starting with https:// or http://.';

/** The address of a server that is typed; `undefined`: it is none. */
export function readAddress(text: string): string | undefined {
  const address = text.trim();
  return /^https?:\/\/[^\s/]/i.test(address) && URL.canParse(address) ? address : undefined;
}

/** A command as it is typed. */
export interface TypedCommand {
  command: string;
  args: string;
  env: string;
}

export const NO_COMMAND: TypedCommand = { command: '', args: '', env: '' };

interface GivenCommand {
  kind: 'stdio';
  command: string;
  args: string[];
  env: Record<string, string>;
}

/** Reads a command that starts a server, with what it gets. */
export function readCommand({ command, args, env }: TypedCommand): GivenCommand | UpstreamErrors {
  if (command.trim() === '') return { command: 'Enter the command that starts the server.' };
  const words = splitArguments(args);
  if ('error' in words) return { args: words.error };
  const variables = readVariables(env);
  if ('error' in variables) return { env: variables.error };
  return { kind: 'stdio', command: command.trim(), args: words.args, env: variables.env };
}

interface Typed<T> {
  value: T;
  onChange: (value: T) => void;
  errors: UpstreamErrors;
}

/** `keptNames`: the variables whose values are kept for it. */
export function AddressField({
  value,
  onChange,
  errors,
  keptNames = [],
}: Typed<string> & { keptNames?: readonly string[] }) {
  return (
    <Field
      label="Address"
      error={errors.url}
      hint={
        holdsSecret([value])
          ? HIDDEN
          : (standFor(value, keptNames, 'Enter the whole address.') ?? 'For example https://example.com/mcp')
      }
    >
      <TextInput mono type="url" value={value} onChange={(event) => onChange(event.target.value)} />
    </Field>
  );
}

/** `kept`: one is kept already. `optional`: not every server wants one. */
export function TokenField({
  value,
  onChange,
  errors,
  kept = false,
  optional = false,
}: Typed<string> & { kept?: boolean; optional?: boolean }) {
  return (
    <Field
      label="Token"
      error={errors.token}
      hint={
        kept
          ? 'A token is kept. Enter another one to replace it.'
          : `${optional ? 'If the server wants one. ' : ''}It is kept with the secrets and not shown again.`
      }
    >
      <TextInput
        mono
        type="password"
        autoComplete="off"
        value={value}
        placeholder={kept ? '••••••••••••' : ''}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

/** `keptNames`: the headers whose values are kept already. */
export function HeadersField({
  value,
  onChange,
  errors,
  keptNames = [],
}: Typed<string> & { keptNames?: readonly string[] }) {
  return (
    <Field
      label="Headers"
      error={errors.headers}
      hint={
        keptNames.length === 0
          ? 'If the server wants more than a token. One Name: value on each line. They are kept with the secrets and not shown again.'
          : `Kept with the secrets: ${keptNames.join(', ')}. What is entered here takes the place of all of them.`
      }
    >
      <TextArea mono value={value} onChange={(event) => onChange(event.target.value)} />
    </Field>
  );
}

const HIDDEN = 'What seems to be a secret in it is kept with the secrets, and a name stands in its place.';

/** What is said of the variables that `text` names, if it does; `enter`: what to do where one is not among `kept`. */
function standFor(text: string, kept: readonly string[], enter: string) {
  const names = [...new Set(variablesNamed(text))];
  if (names.length === 0) return undefined;
  const missing = names.filter((name) => !kept.includes(name));
  if (missing.length > 0)
    return (
      <span className="text-warn">
        Nothing is kept for {missing.join(', ')}. {enter}
      </span>
    );
  return `${names.join(', ')} ${names.length === 1 ? 'stands' : 'stand'} for what is kept with the secrets.`;
}

/** What is said of the words of a command line. */
function aboutArguments(command: string, args: readonly string[], kept: readonly string[]) {
  if (!holdsSecret(args))
    return (
      standFor(args.join(' '), kept, 'Enter it as a variable below.') ??
      'As in a terminal; quotes keep words together.'
    );
  return holdsSecret(hideSecrets(command, args, { taken: {} }).args) ? (
    <span className="text-warn">
      This seems to hold a secret. Give it as a variable below, if the program takes it there: what stands
      here is kept in the settings, and shown in this window.
    </span>
  ) : (
    HIDDEN
  );
}

/** `keptNames`: the variables whose values are kept already. */
export function CommandFields({
  value,
  onChange,
  errors,
  keptNames = [],
}: Typed<TypedCommand> & { keptNames?: readonly string[] }) {
  const set = (part: Partial<TypedCommand>) => onChange({ ...value, ...part });
  const words = splitArguments(value.args);
  const typed = readVariables(value.env);
  const known = 'env' in typed ? [...keptNames, ...Object.keys(typed.env)] : keptNames;
  return (
    <>
      <Field
        label="Command"
        error={errors.command}
        hint="A program on this computer, with its path where it is not on PATH."
      >
        <TextInput mono value={value.command} onChange={(event) => set({ command: event.target.value })} />
      </Field>
      <Field
        label="Arguments"
        error={errors.args}
        hint={aboutArguments(value.command, 'args' in words ? words.args : [], known)}
      >
        <TextInput mono value={value.args} onChange={(event) => set({ args: event.target.value })} />
      </Field>
      <Field
        label="Environment variables"
        error={errors.env}
        hint={
          keptNames.length === 0
            ? 'One NAME=value on each line. The values are kept with the secrets and not shown again.'
            : `Kept with the secrets: ${keptNames.join(', ')}. Saving replaces them by what stands here${
                variablesNamed(value.args).length > 0 ? ', but for those that the arguments name' : ''
              }.`
        }
      >
        <TextArea mono value={value.env} onChange={(event) => set({ env: event.target.value })} />
      </Field>
    </>
  );
}
