/** Whether what would be kept in the settings, where anybody reads it, holds a secret. */
import { canonicalJson } from './digest.ts';
import type { Json } from './json.ts';
import { MASK, maskJson } from './mask.ts';

const UUID = /(?<![\w-])[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?![\w-])/;
/** A host. */
const HOST = /\b[a-z][a-z\d+.-]{0,30}:\/\/[^/\s?#]*/;
/** The digest of an image, and a commit of a repository: `owner/name#…`, `example.com/owner/name@…`, an image's tag. */
const DIGEST = /\bsha\d{3}:[\da-f]+|(?<=[\w.-]\/[\w.-]{1,100})(?:[@#]|:(?:sha-)?)[\da-f]{40}(?![\w-])/;
/** The version of a package: `@1.2.3-…`. */
const VERSION = /(?<=[\w-])@v?\d{1,9}(?:\.\d{1,9}){2}-[\w.+-]+/;
/** What is long, and known to all. */
const KNOWN_TO_ALL = new RegExp([UUID, HOST, DIGEST, VERSION].map(({ source }) => source).join('|'), 'gi');

/** A whole path, from one of the folders that every computer has: those in it may be called anyhow. */
const WHOLE_PATH = new RegExp(
  `(?<![^\\s=,:;"'])(?:~|(?:[A-Za-z]:)?[\\\\/](?:${[
    'Applications|Library|System|Users|Volumes|Network|private|cores',
    'ProgramData|Program Files|Program Files \\(x86\\)|Windows|WINDOWS',
    'app|apps|bin|boot|code|data|dev|etc|home|lib|media|mnt|nix|opt|proc|projects|repo|root|run|sbin|snap|srv|sys|tmp|usr|var|work|workspace|workspaces',
  ].join('|')}))[\\\\/][^\\s?+=,:;"']*`,
  'g',
);

/**
 * What a name is made of, between hyphens: a word, a number, a version, a date, the size of a model (`70b`, `8x7B`, `4o`).
 * A whole secret is longer.
 */
const WORD = /^(?:(?:[a-z]{1,22}|[A-Z]{1,22}|[A-Z][a-z]{1,21})?\d{0,4}|\d{5,8}|(?:\dx)?\d{1,3}[bBo])$/;

const looksRandom = (part: string) =>
  /^[\w-]{24,}$/.test(part) &&
  /\d/.test(part) &&
  /[a-z]/i.test(part) &&
  !part.split(/[-_]/).every((piece) => WORD.test(piece));

/** What a name of several words is made of: `MyVault2024` of three. */
const PIECES = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g;

/** Whether `part` is of more, and shorter, pieces than names are. */
const isScrambled = (part: string) =>
  part.length >= 12 && (part.match(PIECES) ?? []).length * 2.8 > part.length;

/** Whether a long part of `text` looks like base64, whose `/` looks like a path's; `+`, or `=` at the end, no path has. */
const holdsBase64 = (text: string) =>
  (text.match(/[\w+/=-]{24,}/g) ?? []).some((run) => {
    const parts = run.split(/[^A-Za-z\d]+/);
    return parts.some(isScrambled) || (/\+|=$/.test(run) && isScrambled(parts.join('')));
  });

/** Whether a part of `text` looks like a secret: some servers give everybody an address of their own. */
function holdsRandom(text: string): boolean {
  const unknown = text.replace(WHOLE_PATH, ' ').replace(KNOWN_TO_ALL, ' ');
  return isRandom(unknown) || isRandom(decoded(unknown));
}

const isRandom = (text: string) => holdsBase64(text) || text.split(/[^\w-]+/).some(looksRandom);

/** `text` without what stands for a character in an address (`%2F`). */
const decoded = (text: string) =>
  text.replace(/%([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** Whether the variable `name` of the environment brings plainly a path, and no secret. */
export function isPath([name, value]: Variable): boolean {
  return /^(?:~|[A-Za-z]:)?[\\/][^+=]*$/.test(value) && !isHidden(name, value) && !isRandom(value);
}

/** A word as a shell has it: quotes, and what is within them, belong to it. In as many steps as there are characters. */
const SHELL_WORD = /(?:[^\s"']|"[^"]*"|'[^']*'|["'])+/g;

/** `words` of a command line, or an address, with what looks like a secret masked; a shell's command that has one is one. */
export function maskWords(words: readonly string[]): string[] {
  return (maskJson([...words]) as string[]).map((word) => {
    const inner = (word.match(SHELL_WORD) ?? []).map((part) => part.replace(/["']/g, ''));
    const hides = inner.length > 1 && isMasked(inner);
    return hides || inner.some(holdsRandom) ? MASK : word;
  });
}

/** {@link maskWords} of one text. */
export const maskText = (text: string) => maskWords([text]).join('');

/** Whether `words`, or variables that are set among them, hold what looks like a secret. */
export function holdsSecret(words: readonly string[], variables: readonly Variable[] = []): boolean {
  const masked = maskWords(words);
  return (
    words.some((word, index) => masked[index] !== word) ||
    variables.some(([name, value]) => holdsSecret([value]) || isHidden(name, value))
  );
}

/** A variable's name and its value. */
export type Variable = readonly [name: string, value: string];

/** Whether a member called `name` is a secret, whatever its value. */
const isHidden = (name: string, value: string) => isMasked({ [name]: value });

const isMasked = (value: Json) => canonicalJson(maskJson(value)) !== canonicalJson(value);
