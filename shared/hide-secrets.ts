/** Secrets among the arguments of a program, or in an address: the vault keeps each as a variable, and its name stays in its place. */
import { argumentVariable, besideVariables } from './argument-variable.ts';
import { maskText, maskWords } from './looks-secret.ts';
import { maskLine, maskWord } from './mask.ts';

/** What stands before a program's text. */
export const TEXT_FOLLOWS = /^(?:-\w*[ce]|-(?:encoded)?command|--(?:eval|print|command)|\/[ck])$/i;
/** What Docker takes behind `-e`. */
const DOCKER = /(?:^|[\\/])(?:docker|podman)(?:\.exe)?$/i;
const SET_VARIABLE = /^[A-Za-z_]\w*=/;
/** `--api-key=…`, `KEY=…`: an option, or a variable, with its value. */
const WITH_VALUE = /^((--?[A-Za-z][\w.-]*|[A-Za-z_][\w.-]*)=)(.+)$/s;
const OPTION = /^--?[A-Za-z][\w.-]*$/;
const ADDRESS = /^[a-z][a-z\d+.-]*:\/\//i;

/** Arguments, and what was among them. */
export interface Hidden {
  args: string[];
  /** Values of variables that `args` name. */
  env: Record<string, string>;
}

/**
 * `args` of `program` without their secrets. What gives itself away as one goes, and all around it stays to be seen; of
 * what only looks like one, the whole value: of an option, of a variable, or an argument that is an address or one word.
 * A path, and the text of a shell, stay as they are, for they say what is run; and so does what cannot be told apart.
 * `secret`: which arguments hold one, whatever they look like; `stays`: which are left alone; `taken`: the variables that
 * there are.
 */
export function hideSecrets(
  program: string,
  args: readonly string[],
  {
    secret = () => false,
    stays = () => false,
    taken,
  }: {
    secret?: (index: number) => boolean;
    stays?: (index: number) => boolean;
    taken: Readonly<Record<string, string>>;
  },
): Hidden {
  const { env, keep } = createKeeper(taken);
  const out = args.map((word, index) => {
    const last = args[index - 1] ?? program;
    const sets = /^-[dit]*e$/.test(last) && DOCKER.test(program) && SET_VARIABLE.test(word);
    if (stays(index) || (TEXT_FOLLOWS.test(last) && !sets)) return word;
    const { before, value, of } = valueIn(word, last) ?? { before: word, value: '', of: 'secret' };
    const open = maskWord(word, last, () => argumentVariable('X'));
    if (!secret(index) && maskWords([last, open])[1] === open)
      return maskWord(word, last, (text) => keep(of, text));
    return value === '' ? word : before + keep(of, value);
  });
  return { args: out, env };
}

/** An address, and what was in it. */
export interface HiddenIn {
  url: string;
  /** Values of variables that `url` names. */
  env: Record<string, string>;
}

/**
 * `url`, an address without user information, without its secrets, of which none can be in the name of the host: what
 * gives itself away, or looks like one, goes; `whole`: all behind the host does. `taken`: the variables that there are.
 */
export function hideInAddress(
  url: string,
  { whole = false, taken = {} }: { whole?: boolean; taken?: Readonly<Record<string, string>> } = {},
): HiddenIn {
  if (!whole && maskText(url) === url) return { url, env: {} };
  const { origin } = new URL(url);
  // As it is typed: `\` is a `/` there.
  const rest = url.replace(/^[^:]*:[\\/\t\r\n]*[^\\/?#]*/, '');
  const { env, keep } = createKeeper(taken);
  const parts = rest.split(/([/?&=#])/);
  const isSecret = (part: string, index: number) =>
    maskText(part) !== part || (parts[index - 1] === '=' && maskLine(asOption(index)) !== asOption(index));
  const asOption = (index: number) => `?${parts[index - 2] ?? ''}=${parts[index] ?? ''}`;
  const shown = (show: (part: string) => string) =>
    origin + parts.map((part, index) => (isSecret(part, index) ? show(part) : part)).join('');
  const open = shown(() => argumentVariable('X'));
  if (!whole && maskText(open) === open) return { url: shown((part) => keep('address', part)), env };
  const [, start = '', secret = ''] = /^([/?#]*)(.*)$/s.exec(rest) ?? [];
  return { url: secret === '' ? url : origin + start + keep('address', secret), env };
}

/** The part of `word`, which stands behind `last`, that is a whole value, and of what. */
function valueIn(word: string, last: string): { before: string; value: string; of: string } | undefined {
  const [, before, of = '', value] = WITH_VALUE.exec(word) ?? [];
  if (before !== undefined && value !== undefined) return { before, value, of };
  if (word.startsWith('-')) return undefined;
  if (OPTION.test(last)) return { before: '', value: word, of: last };
  if (ADDRESS.test(word)) return { before: '', value: word, of: 'address' };
  // A path has a part that says something: Twilio's `SID/KEY:SECRET` has none.
  const isPath = word.includes('/') && !word.split(/[/:]/).every((part) => maskText(part) !== part);
  return isPath || /[\s\\]/.test(word) ? undefined : { before: '', value: word, of: 'secret' };
}

/** Keeps texts as variables, each once, beside those that are `taken`; what a text names of them stays in it. */
function createKeeper(taken: Readonly<Record<string, string>>) {
  const env: Record<string, string> = {};
  const known = new Map<string, string>();
  const last = new Map<string, number>();
  /** What a variable with `value` is called: never as one that a program goes by itself. */
  function nameFor(of: string, value: string): string {
    const name = `ARG_${of.replace(/^-+/, '').replace(/\W/g, '_').toUpperCase()}`.slice(0, 60);
    const key = `${name} ${value}`;
    for (let n = (last.get(name) ?? 0) + 1; !known.has(key); n++) {
      const one = n === 1 ? name : `${name}_${n}`;
      last.set(name, n);
      if ([taken, env].some((all) => Object.hasOwn(all, one) && all[one] !== value)) continue;
      known.set(key, one);
      env[one] = value;
    }
    return known.get(key) ?? name;
  }
  const isKnown = (name: string) => Object.hasOwn(taken, name) || Object.hasOwn(env, name);
  const keep = (of: string, text: string) =>
    besideVariables(text, isKnown, (part) => argumentVariable(nameFor(of, part)));
  return { env, keep };
}
