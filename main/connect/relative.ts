/**
 * Which words of a command line, and which variables, mean a file or a folder by its way from the folder in which the
 * program is started: another one than the client's, where Greenlight starts it.
 */
import { isAbsolute, resolve } from 'node:path';
import { maskWords } from '../../shared/looks-secret.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { hostPaths, isDocker } from './docker.ts';
import {
  doesByFolder,
  goesTo,
  nameOf,
  type PathIn,
  type Sureness,
  takesFolders,
  takesPath,
} from './programs.ts';

/** Words of a command line that are looked through, each with those before it. */
const MOST_WORDS = 500;

/** Programs that take names of packages, which may look like files. */
const BY_NAME = /^(?:npx|bunx|pnpx|uvx|pipx)$/;
/** Programs that run a file. */
const RUNNER =
  /^(?:node|nodejs|python[\d.]*|pythonw|py|ruby|php|perl|lua|deno|bun|tsx|ts-node(?:-esm)?|nodemon|jiti|mcp|fastmcp|pwsh|powershell)$/;
/** Programs that run theirs on another computer, or in another system, whose paths they are. */
const ELSEWHERE_RUN = /^(?:ssh|kubectl|wsl|lima|limactl|multipass)$/;
const SHELL = /^(?:sh|bash|zsh|dash|ksh|fish)$/;
/** Options of those that have no value behind them. */
const SWITCH = /^-(?:.*=.*|[uBEOs]|I.+|-(?:no|enable|trace|watch|inspect|experimental-strip)\b.*)$/;
const SCRIPT =
  /^[^-@:*\s][^:*\s]*\.(?:[cm]?[jt]s|[jt]sx|py|sh|rb|php|go|lua|ps1|bat|cmd|csx?|jar|dll)$|^[^-@:*\s](?=[^:*\s]*[\\/])[^:*\s]*\.exe$/i;
/** The ends of files that nothing else ends in. */
const DATA =
  /^[^-@][^*?<>|,;=:]*\.(?:jsonl?|jsonc|json5|ndjson|ya?ml|toml|ini|cfg|conf|sqlite3?|db3?|duckdb|parquet|csv|tsv|txt|xml|sql|pem|crt|cer|p12|pfx|csproj|fsproj|vbproj|slnx?|ipynb|kdbx|mdb)$/i;
/** The ends of files, where it is one that is asked for. */
const FILE = /\.(?:env|log|md|html?|key|lock|properties|proto|graphql|tf|xlsx?|docx?|pdf|gguf|bin|git)$/i;
const DOTTED = /^\.{1,2}(?:[\\/]|$)/;
/** `.env`, and what is in a hidden folder. */
const HIDDEN = /^\.(?:env(?:\.[\w-]+)*$|[\w-]+[\\/])/;
/** `file:./x`, `sqlite:///./x.db` */
const LOCAL = /^(?:file|link|sqlite[\w+]*|duckdb):(?:\/\/\/?)?\.{1,2}(?:[\\/]|$)/i;
/** How a shell writes the folder that it is in. */
const HERE = /^["']?(?:\$\(pwd\)|`pwd`|\$\{?PWD\}?|%cd%)["']?(?=$|[\\/:])/i;
/** What needs no folder: whole paths, addresses, `github:owner/name`, JSON, also in quotes, and what others fill in. */
const ELSEWHERE = /^(?:["']?[{[]|[~<$%\\/]|[A-Za-z][\w+.-]*:)/;

/** Options of pnpm and turbo that choose packages, which only look like paths. */
const PATTERN = /^(?:--filter|-F)$/;

/** What a dot is a mark to, and no folder. */
const MARK = /delim|sep|char|decimal/i;

/** Whether `text`, of which as much is known as `sure` says, is a path from the folder that one is in. */
function isRelative(text: string, sure: Sureness = 'unknown'): boolean {
  if (HERE.test(text) || LOCAL.test(text)) return true;
  if (text === '' || text.startsWith('-') || isAbsolute(text) || ELSEWHERE.test(text)) return false;
  if (sure === 'certain' || DOTTED.test(text) || HIDDEN.test(text)) return true;
  if (DATA.test(text) && (sure === 'named' || !/\s/.test(text))) return true;
  return sure === 'named' && (SCRIPT.test(text) || FILE.test(text) || /^[^*?=<>]*[\\/][^*?=<>]*$/.test(text));
}

/** Last words of the names of options and variables that are paths. */
const NAMES = new Set(
  [
    'file filename filepath path dir dirname directory folder root repository repo config conf configuration cwd project',
    'solution database db workspace vault manifest',
  ].flatMap((names) => names.split(' ')),
);
const JOINED =
  /^(?:root|base|data|work|out|home|log|config|conf|ca|cert|key|env|db|user|tmp|temp|cache)(?:dir|file|path)$/;
/** What is the path of an address, or of a value, and of no file. */
const OF_ADDRESS = /^(?:url|uri|api|https?|sse|messages?|routes?|endpoints?|web|health|json|base)$/;

/** How sure it is that `value` is a path, of an option or variable called `name`. */
function sureBy(name: string, value: string): Sureness {
  const words = name
    .replace(/([a-z\d])(?=[A-Z])/g, '$1-')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(Boolean);
  const last = (words.at(-1) ?? '').replace(/ies$/, 'y').replace(/s$/, '');
  const isOne = NAMES.has(last) || JOINED.test(last);
  if (!isOne || words.some((word) => OF_ADDRESS.test(word)) || isName(value, last)) return 'unknown';
  return 'named';
}

/** Whether `value` looks like a path, and is the name of a package, module, image, media type or repository. */
function isName(value: string, what: string): boolean {
  if (SCRIPT.test(value) || DATA.test(value)) return false;
  return (
    value.startsWith('@') ||
    /^(?:application|text|image|audio|video|multipart|font)\/[\w.+-]+$/.test(value) ||
    /^[\w-]+(?:\.[\w-]+)+(?::\d+)?\//.test(value) ||
    what === 'project' ||
    (/^repo/.test(what) && /^[\w.-]+\/[\w.-]+$/.test(value))
  );
}

/** Where the program stands in `words` that is started, behind the one of Windows or `env` that does it. */
function startOf(words: readonly string[]): number {
  const first = nameOf(words[0] ?? '');
  if (first === 'cmd' && /^\/c$/i.test(words[1] ?? '')) return 2;
  if (first !== 'env') return 0;
  const at = words.findIndex((word, index) => index > 0 && !/^-|=/.test(word));
  return at < 0 ? 0 : at;
}

/** Everything in the command line `words` that may be a path. */
function candidates(words: readonly string[]): PathIn[] {
  const start = startOf(words);
  if (ELSEWHERE_RUN.test(nameOf(words[start] ?? ''))) return [];
  const whole = (index: number, sure: Sureness, more: object = {}): PathIn[] =>
    words[index] === undefined ? [] : [{ index, before: '', path: words[index], after: '', sure, ...more }];
  if (isDocker(words[start] ?? ''))
    return hostPaths(words.slice(start + 1)).map((one) => ({ ...one, index: one.index + start + 1 }));
  const found: PathIn[] = [];
  for (let index = 1; index < words.length; index++) {
    const word = words[index] ?? '';
    const before = words.slice(0, index);
    const [, option = '', value] = /^(--?[A-Za-z][\w.-]*|[A-Za-z_][\w.-]*(?==))(?:=(.*))?$/s.exec(word) ?? [];
    const sure = (text: string) => (takesPath(before, option) ? 'certain' : sureBy(option, text));
    const next = words[index + 1] ?? '';
    if (goesTo(before, option)) {
      // What follows is meant from there.
      const at = value === undefined ? index + 1 : index;
      const folder = value ?? next;
      return [...found, { index: at, ...around(words[at] ?? '', folder), sure: 'certain' }];
    }
    if (value !== undefined) {
      if (value !== '.' || !MARK.test(option))
        found.push({ index, ...around(word, value), sure: sure(value), stays: PATTERN.test(option) });
    } else if (option.startsWith('-') && sure(next) !== 'unknown') {
      found.push(...whole(++index, sure(next)));
    } else if (takesFolders(before) && !word.startsWith('-') && !takesFolders([word])) {
      found.push(...whole(index, 'certain'));
    } else if (SHELL.test(nameOf(before.at(-2) ?? '')) && /^-\w*c$/.test(before.at(-1) ?? '')) {
      found.push(
        ...inShell(word).map(
          (path) => ({ index, ...around(word, path), sure: 'certain', stays: true }) as const,
        ),
      );
    } else if (isScript(words, start, index)) {
      found.push(...whole(index, 'certain', { stays: true }));
    } else found.push(...whole(index, 'unknown', { stays: PATTERN.test(before.at(-1) ?? '') }));
  }
  return found;
}

/** `path` at the end of `word`, or in it. */
const around = (word: string, path: string) => {
  const at = word.lastIndexOf(path);
  return { before: word.slice(0, at), path, after: word.slice(at + path.length) };
};

/** Whether the word at `index` is a file that is run, and meant from the folder that one is in. */
function isScript(words: readonly string[], start: number, index: number): boolean {
  const word = words[index] ?? '';
  if (DOTTED.test(word) || word.startsWith('~') || word.includes('=')) return false;
  // What is found by its name: `cmd /c npx.cmd`.
  if (index === start && !/[\\/]/.test(word)) return false;
  const before = words.slice(start, index);
  const runs = before.findIndex((one) => RUNNER.test(nameOf(one)));
  if (SCRIPT.test(word)) return runs >= 0 || !BY_NAME.test(nameOf(words[start] ?? ''));
  // A file without an end: `node dist/server`.
  const runner = runs === 0 || SHELL.test(nameOf(before[0] ?? ''));
  return (
    runner && before.slice(1).every((one) => SWITCH.test(one)) && /[\\/]/.test(word) && !/\s|^@/.test(word)
  );
}

/** What the command `text` of a shell means from the folder that it is started in. */
function inShell(text: string): string[] {
  const [, to] = /(?:^|[\s;&(])(?:cd|pushd)\s+["']?([^\s"';&]+)/.exec(text) ?? [];
  if (to !== undefined) return isRelative(to, 'certain') ? [to] : [];
  const names = /\b(?:npx|bunx|uvx|pipx|docker|podman)\b/.test(text);
  return text
    .split(/[\s"'=;&|()]+/)
    .filter(
      (word) =>
        word !== '.' && (isRelative(word) || (!names && SCRIPT.test(word) && isRelative(word, 'named'))),
    )
    .concat(/\$\(pwd\)|`pwd`/.exec(text)?.slice(0, 1) ?? []);
}

/** What of a command line depends on the folder that it is started in. */
export interface Paths {
  /** The arguments, with paths that are whole, where they can be. */
  args: string[];
  /** The first word that depends on it, for people. */
  relative?: string;
  /** What the program does depends on it: `npm start`. */
  does?: string;
}

/**
 * `args` of `program`, with paths that do not depend on a folder where `folder`, a whole path, is known. Throws a
 * {@link UserFacingError} where they are too many to look through.
 */
export function pathsIn(program: string, args: readonly string[], folder: string | undefined): Paths {
  const words = [program, ...args];
  if (words.length > MOST_WORDS)
    throw new UserFacingError(
      'invalid',
      `Its command line has ${words.length} words, and Greenlight looks through ${MOST_WORDS}. Put them into a script, and name that by its whole path.`,
    );
  const found = candidates(words).filter(({ path, sure }) => isRelative(path, sure));
  const out = [...words];
  for (const one of found) {
    if (folder !== undefined && !one.stays) out[one.index] = placed(one, folder);
  }
  const [first] = found;
  const does = doesByFolder(words.slice(startOf(words)));
  return {
    args: out.slice(1),
    ...(first && { relative: maskWords(words)[first.index] ?? '' }),
    ...(does !== undefined && { does }),
  };
}

/** A word with its path from `folder`, where one is all that it has. */
function placed({ before, path, after }: PathIn, folder: string): string {
  if (LOCAL.test(path) || /[,:;]/.test(path)) return before + path + after;
  return before + resolve(folder, path.replace(HERE, '.')) + after;
}

/** The first of `variables` whose value is a path from the folder that the program is started in. */
export function relativeVariable(
  variables: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return Object.keys(variables).find((name) => {
    const text = variables[name] ?? '';
    if (text === '.' && MARK.test(name)) return false;
    if (HERE.test(text) || DOTTED.test(text) || LOCAL.test(text)) return true;
    return (
      sureBy(name, text) === 'named' &&
      (DATA.test(text) || SCRIPT.test(text) || HIDDEN.test(text)) &&
      isRelative(text, 'named')
    );
  });
}
