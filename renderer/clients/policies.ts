import type { PolicySummary } from '../../shared/contract.ts';
import type { Option } from '../design/select.tsx';

/** The policies to choose from; `chosen` is among them even where it was deleted. */
export function policyChoices(policies: readonly PolicySummary[], chosen: string): Option<string>[] {
  const choices = policies.map(({ id, name, isDefault }) => ({
    value: id,
    label: isDefault ? `${name} (default)` : name,
  }));
  return choices.some(({ value }) => value === chosen)
    ? choices
    : [...choices, { value: chosen, label: chosen }];
}
