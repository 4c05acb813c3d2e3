/**
 * What clients write in a configuration for something that is known only later: variables of the environment, the
 * project's folder, what the person is asked. `${env:NAME}` and its kind: https://code.visualstudio.com/docs/reference/variables-reference
 */
import { basename, sep } from 'node:path';

export type Variables = Readonly<Record<string, string | undefined>>;

/** What references are filled in with. */
export interface Surroundings {
  home: string;
  env: Variables;
  /** The folder of the project that the entry is for; absent: it is for all of them. */
  project?: string | undefined;
}

/**
 * The text with its references filled in, or why one of them cannot be. `brought`: the variables of the environment whose
 * values are in it.
 */
export type Filled = { text: string; brought: { name: string; value: string }[] } | { refused: string };

/** `$NAME` at the end, or `$NAME/…`, as a shell would have it; in capitals there, since a secret may have a `$` in it. */
const REFERENCE =
  /\$\{([^{}]{0,500})\}|\{(env|file):([^{}]{0,500})\}|(?<=^|\s)\$([A-Za-z_]\w*)$|(?<=^|=)\$([A-Z_][A-Z\d_]*)(?=[\\/])|%([A-Za-z_]\w*)%/g;

/** The whole name of a variable, or its default with it: `NAME`, `env:NAME`, `NAME:-default`. */
const VARIABLE = /^(?:env:)?([A-Za-z_][\w.]*)(?::-(.*))?$/s;

/** `text` with its references filled in. Those to `own`, variables of the entry itself, stay: its program fills them in. */
export function fill(text: string, surroundings: Surroundings, own: Variables = {}): Filled {
  let refused: string | undefined;
  const brought: { name: string; value: string }[] = [];
  const filled = text.replace(
    REFERENCE,
    (whole, braced?: string, kind?: string, inner = '', bare?: string, folder?: string, percent?: string) => {
      if (kind === 'file') {
        refused ??= `${whole} is a file that only its client reads. Write out in this file what is in it.`;
        return whole;
      }
      // Windows leaves one that is not set as it is.
      if (percent !== undefined && !surroundings.env[percent]) return whole;
      const known = named(percent ?? braced ?? bare ?? folder ?? inner, whole, surroundings, own);
      if ('refused' in known) {
        refused ??= known.refused;
        return whole;
      }
      if (known.brought !== undefined) brought.push({ name: known.brought, value: known.text });
      return known.text;
    },
  );
  return refused === undefined ? { text: filled, brought } : { refused };
}

/** What stands for a reference; `brought`: the variable of the environment that it is the value of. */
function named(
  name: string,
  whole: string,
  { home, env, project }: Surroundings,
  own: Variables,
): { text: string; brought?: string } | { refused: string } {
  if (name === 'userHome') return { text: home };
  if (name === 'pathSeparator' || name === '/') return { text: sep };
  // What it is here is Greenlight's own.
  if (/^(?:workspace(?:Folder|Root)|(?:env:)?PWD$)/.test(name)) {
    if (project === undefined)
      return {
        refused: `${whole} is a project’s folder, and this entry is for all projects. Write the whole path.`,
      };
    return { text: /Basename/.test(name) ? basename(project) : project };
  }
  if (name.startsWith('input:'))
    return { refused: `The client asks you for ${whole} each time. Write it out in this file instead.` };
  const [, variable, fallback] = VARIABLE.exec(name) ?? [];
  if (variable === undefined)
    return {
      refused: `${whole} is something that only its client can fill in. Write it out in this file instead.`,
    };
  if (own[variable] !== undefined) return { text: whole };
  const value = env[variable];
  if (value) return { text: value, brought: variable };
  return fallback === undefined ? { refused: notSet(variable) } : { text: fallback };
}

/** Why a variable's value is not to be had. */
export const notSet = (name: string) =>
  `${name} is not set where Greenlight runs. Write its value out in this file, or start Greenlight with it.`;
