/** The command of a server as a person types it: nobody fills anything in, and no folder but one that is named is meant. */
import { isAbsolute, join, resolve } from 'node:path';
import { argumentVariable, variablesNamed, withVariables } from '../../shared/argument-variable.ts';
import { TEXT_FOLLOWS } from '../../shared/hide-secrets.ts';
import { maskText } from '../../shared/looks-secret.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { isDocker } from './docker.ts';
import { pathsIn, relativeVariable } from './relative.ts';

interface Typed {
  command: string;
  args: string[];
  env?: Record<string, string> | undefined;
  cwd?: string | undefined;
}

/** What only clients fill in, in their configuration. */
const OF_CLIENT =
  /\$\{(?:workspace\w{0,50}(?::[^{}]{0,200})?|userHome|pathSeparator|(?:env|input|config|command):[^{}]{0,200})\}|\{(?:env|file):[^{}]{0,200}\}/;
/** A variable, where a whole value or the beginning of a path is one: a shell or some programs would fill it in. */
const VARIABLE =
  /(?<=^|^--[\w.-]{1,60}=)\$\{([A-Za-z_]\w{0,100})\}(?=$|[\\/])|^\$([A-Z_][A-Z\d_]{0,100})(?=$|[\\/])/;

/**
 * `typed`, where it can be started anywhere, with the person's folder in the place of `~`. Throws a
 * {@link UserFacingError} that says what to write instead.
 */
export function checkTyped<T extends Typed>(typed: T, home: string): T {
  const { command, args, env = {}, cwd } = typed;
  refuseReferences(typed);
  const whole = (path: string) => (/^~(?:[\\/]|$)/.test(path) ? join(home, path.slice(1)) : path);
  const folder = cwd === undefined ? undefined : whole(cwd);
  if (folder !== undefined && !isAbsolute(folder)) throw relative(`The folder “${folder}”`);
  const program = /[\\/]/.test(command) ? whole(command) : command;
  const here = /[\\/]/.test(program) && !isAbsolute(program);
  if (folder !== undefined)
    return { ...typed, command: here ? resolve(folder, program) : program, cwd: folder };
  if (here) throw relative(`The command “${maskText(command)}”`);
  const { relative: word, does } = pathsIn(program, args, undefined);
  if (word !== undefined) throw relative(`“${word}” among the arguments`);
  if (does !== undefined)
    throw new UserFacingError(
      'invalid',
      `“${does}” does what the folder says in which it is started, and none is named. Name the folder, or its file, by its ` +
        'whole path, as “npm --prefix /its/folder start” does.',
    );
  const variable = isDocker(program) ? undefined : relativeVariable(env);
  if (variable !== undefined) throw relative(`The variable ${variable}`);
  // With what Greenlight fills in, which is not told; of what is kept already it is not known here.
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text !== ''));
  const filled = pathsIn(
    program,
    args.map((text) => withVariables(text, given)),
    undefined,
  );
  if ((filled.relative ?? filled.does) !== undefined)
    throw relative('What a variable brings into the arguments');
  return { ...typed, command: program };
}

const relative = (what: string) =>
  new UserFacingError(
    'invalid',
    `${what} is relative, and nothing says to which folder. Write the whole path.`,
  );

/** Throws where `typed` has a reference that stays as it is. */
function refuseReferences({ command, args, env = {}, cwd = '' }: Typed): void {
  const known = Object.fromEntries(Object.keys(env).map((name) => [name, name]));
  // Greenlight fills in the variables of the program itself.
  const words = [cwd, command, ...args.map((word) => withVariables(word, known))];
  const [missing] = words.slice(2).flatMap(variablesNamed);
  if (missing !== undefined)
    throw new UserFacingError(
      'invalid',
      `${argumentVariable(missing)} stands among the arguments, and no variable ${missing} is given. Give ${missing}=… among ` +
        'the variables; its value then takes that place.',
    );
  for (const [index, word] of words.entries()) {
    const [whole, braced, bare] = VARIABLE.exec(word) ?? [];
    const name = braced ?? bare ?? '';
    const stays = TEXT_FOLLOWS.test(words[index - 1] ?? '') || Object.hasOwn(env, name);
    const found = OF_CLIENT.exec(word)?.[0] ?? (stays ? undefined : whole);
    if (found !== undefined) throw unfilled(`${found} stands in the command`);
  }
  for (const [name, text] of Object.entries(env)) {
    const found = OF_CLIENT.exec(text)?.[0] ?? /^\$\{[A-Za-z_]\w*\}$/.exec(text)?.[0];
    if (found !== undefined) throw unfilled(`${found} stands in the variable ${name}`);
  }
}

const unfilled = (what: string) =>
  new UserFacingError(
    'invalid',
    `${what}, and only a client’s configuration fills that in. Write out what it stands for: of a file or a folder, the ` +
      'whole path.',
  );
