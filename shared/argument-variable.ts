/**
 * An argument of a program may name a variable of its environment, whose value takes its place when the program is
 * started: so a secret among the arguments is in the vault, and the settings have its name only. Written as clients do
 * (https://code.visualstudio.com/docs/reference/variables-reference), and as no shell does.
 */
const VARIABLE = /\$\{env:([A-Za-z_]\w{0,100})\}/g;

/** How an argument names the variable `name`. */
export const argumentVariable = (name: string) => `\${env:${name}}`;

/** The variables that `text` names. */
export const variablesNamed = (text: string) => [...text.matchAll(VARIABLE)].map(([, name = '']) => name);

/** `text` with the values of the variables that it names, where they have one. */
export const withVariables = (text: string, values: Readonly<Record<string, string>>) =>
  text.replace(VARIABLE, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
  );

/** `text` with `show` of all in it that names no variable which `isKnown`. */
export function besideVariables(
  text: string,
  isKnown: (name: string) => boolean,
  show: (part: string) => string,
): string {
  let out = '';
  let from = 0;
  const shown = (to: number) => (from < to ? show(text.slice(from, to)) : '');
  for (const { 0: whole, 1: name = '', index } of text.matchAll(VARIABLE)) {
    if (!isKnown(name)) continue;
    out += shown(index) + whole;
    from = index + whole.length;
  }
  return out + shown(text.length);
}
