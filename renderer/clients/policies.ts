import type { PolicySummary } from '../../shared/contract.ts';
import type { Option } from '../design/select.tsx';

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

/** The policies to choose from, the default one first; `chosen` is among them even where it was deleted. */
export function policyOptions(policies: readonly PolicySummary[], chosen: PolicyChoice): Option<string>[] {
  const standard = policies.find(({ isDefault }) => isDefault);
  const options = [
    {
      value: DEFAULT,
      label: standard === undefined ? 'Default policy' : `Default policy (${standard.name})`,
    },
    ...policies.map(({ id, name }) => ({ value: id, label: name })),
  ];
  return chosen === null || options.some(({ value }) => value === chosen)
    ? options
    : [...options, { value: chosen, label: chosen }];
}
