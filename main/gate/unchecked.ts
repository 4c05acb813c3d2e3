import type { Signal } from '../../shared/contract.ts';
import { uncheckedNames } from '../../shared/policy/index.ts';

/** For the agent, where the person chose that arguments are not let through that cannot be checked. */
export function uncheckedDenied(names: readonly string[]): string {
  return `The server says by a pattern that Greenlight cannot check what ${uncheckedNames(names)} must look like. Leave it out, if it is not needed, and call again; or tell the user, who can have such calls asked for in Greenlight, under Settings.`;
}

/** What stands out, for the person who is asked. */
export function uncheckedSignal(names: readonly string[] | undefined): Signal[] {
  if (names === undefined) return [];
  const text = `Not checked: whether ${uncheckedNames(names)} looks as the server wants it; the rest fits`;
  return [{ kind: 'unchecked', text }];
}
