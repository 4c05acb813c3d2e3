import type { PolicySummary } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import { type Option, withChosen } from '../design/select.tsx';

/** Stands among the choices for the default policy, whichever that is; no policy has this id. */
const DEFAULT = '';

/** A policy by its id, or `null` for the default policy, whichever that is: as `clients.update` takes it. */
export type PolicyChoice = string | null;

/** How a select names `choice`. */
export function policyValue(choice: PolicyChoice): string {
  return choice ?? DEFAULT;
}

/** The choice that a select names `value`. */
export function policyChoice(value: string): PolicyChoice {
  return value === DEFAULT ? null : value;
}

/**
 * The policies to choose from on a server, the default one first; `chosen` is among them even where it was deleted.
 */
export function policyOptions(
  all: readonly PolicySummary[],
  chosen: PolicyChoice,
  server: string = LUMA,
): readonly Option<string>[] {
  const policies = all.filter((policy) => policy.server === server);
  const standard = policies.find(({ isDefault }) => isDefault);
  const options = [
    {
      value: DEFAULT,
      label: standard === undefined ? 'Default policy' : `Default policy (${standard.name})`,
    },
    ...policies.map(({ id, name }) => ({ value: id, label: name })),
  ];
  return withChosen(options, policyValue(chosen));
}
