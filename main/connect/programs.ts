/** What known programs do with folders: which of their options are one, and which they do their work in. */
import { basename } from 'node:path';

/** How sure it is that a text is a path: it is one, it is called one, or nothing says so. */
export type Sureness = 'certain' | 'named' | 'unknown';

/** What may be a path within a word of a command line, and what stands around it. */
export interface PathIn {
  index: number;
  before: string;
  path: string;
  after: string;
  sure: Sureness;
  /** It stays as it is written, in whatever folder. */
  stays?: boolean;
}

interface Known {
  /** The folder that it goes to first: what follows is meant from there. */
  folder?: string;
  /** Other options that are a path, whatever it looks like. */
  path?: string;
  /** Its options may stand anywhere; those of others only before what they start. */
  anywhere?: true;
}

/** By the names of programs and packages. That of uv, `--project`, is no folder that it goes to: https://docs.astral.sh/uv/reference/cli/ */
const KNOWN: readonly (readonly [RegExp, Known])[] = [
  [
    /^uvx?$/,
    {
      folder: '--directory',
      path: '--project --env-file --with-requirements --with-editable --config-file',
    },
  ],
  [/^npm$/, { folder: '--prefix -C', anywhere: true }],
  [/^pnpm$/, { folder: '--dir -C', anywhere: true }],
  [/^(?:yarn|bun|conda|mamba|micromamba)$/, { folder: '--cwd' }],
  [/^g?make$/, { folder: '--directory -C', path: '--file --makefile -f', anywhere: true }],
  [/^just$/, { folder: '--working-directory -d', path: '--justfile -f' }],
  [/^(?:go|mise|env)$/, { folder: '-C --chdir' }],
  [/^cargo$/, { folder: '-C', path: '--manifest-path' }],
  [/^poetry$/, { folder: '--directory -C', path: '--project -P' }],
  [/^dotnet$/, { path: '--project' }],
  [/^deno$/, { path: '--import-map' }],
  [/^java$/, { path: '-cp -classpath --class-path' }],
  [/^mcp[-_]server[-_]git$/, { path: '--repository -r', anywhere: true }],
];

/** Servers whose arguments are folders. */
const FOLDERS =
  /(?:^|[\\/])(?:(?:mcp-)?server-filesystem|(?:rust-)?mcp-filesystem(?:-server)?|filesystem-mcp|mcp-obsidian)(?:@[^\\/]*|\.\w+|[\\/](?:dist|build|src|bin|lib)[\\/].*)?$/;

/** What does nothing but with the files of the folder that it is started in, by its first words. */
const OF_FOLDER =
  /^(?:(?:npm|pnpm|yarn) (?:start|run|run-script|test)|bun (?:start|run) [^\s./\\]+$|cargo run|poetry run|php artisan|dotnet (?:run|watch)|g?make|just|rake|docker compose)(?: |$)/;

/** What says where the files of `docker compose` are. */
const COMPOSED = ['-f', '--file', '--project-directory'];

/** A program's name, or that of a package that is run, without where it is and which version. */
export const nameOf = (word: string) =>
  basename(word.replaceAll('\\', '/'))
    .replace(/(?<=.)@.*$/, '')
    .replace(/\.(?:exe|cmd|bat)$/i, '')
    .toLowerCase();

/** What stands between a program and what it starts. */
const BETWEEN = /^(?:run|tool|x|exec|start|watch|test)$/;

/** Whether nothing among `words`, which follow a program, is what it starts: all are its options, and their values. */
const areOptions = (words: readonly string[]) =>
  words.every(
    (word, index) => word.startsWith('-') || BETWEEN.test(word) || /^-[^=]*$/.test(words[index - 1] ?? ''),
  );

/** Whether `option`, behind the words `before`, is one of those `of` a program among them. */
const isOf = (before: readonly string[], option: string, of: 'folder' | 'path') =>
  option.startsWith('-') &&
  KNOWN.some(([name, known]) => {
    if (!known[of]?.split(' ').includes(option)) return false;
    const at = before.findIndex((word) => name.test(nameOf(word)));
    return at >= 0 && (known.anywhere === true || areOptions(before.slice(at + 1)));
  });

/** Whether `option`, behind the words `before`, names the folder that the program goes to. */
export const goesTo = (before: readonly string[], option: string) => isOf(before, option, 'folder');

/** Whether `option`, behind the words `before`, is a path. */
export const takesPath = (before: readonly string[], option: string) => isOf(before, option, 'path');

/** Whether one of `words` is a server whose arguments are folders. */
export const takesFolders = (words: readonly string[]) =>
  words.some((word) => FOLDERS.test(word) && !/^[A-Za-z][\w+.-]+:/.test(word));

/** What `words` do, where that is only what the folder says that they are started in: `npm start`. */
export function doesByFolder(words: readonly string[]): string | undefined {
  const [first = '', ...rest] = words;
  const options = rest.map((word) => word.replace(/=.*$/s, ''));
  const says = options.some(
    (option) => isOf([first], option, 'folder') || isOf([first], option, 'path') || COMPOSED.includes(option),
  );
  if (says) return undefined;
  const line = [nameOf(first), ...rest.filter((word) => !word.startsWith('-'))].join(' ');
  return OF_FOLDER.exec(line)?.[0].trim();
}
