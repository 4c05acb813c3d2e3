import type { Approval, State } from '../../shared/contract.ts';
import type { Settings } from '../../shared/settings.ts';
import type { TransportEvent } from '../transport/transport.ts';

/** What Greenlight last said, as far as the window shows it. */
export interface Loaded {
  state: State;
  settings: Settings;
  /** The approvals that wait, the one that has waited longest first. */
  approvals: readonly Approval[];
}

/** What is true after `event`. An event carries the whole of what it is about, so applying one twice changes nothing. */
export function applyEvent(loaded: Loaded, event: TransportEvent): Loaded {
  switch (event.name) {
    case 'state':
      return { ...loaded, state: event.data };
    case 'approval':
      return { ...loaded, approvals: waiting(withItem(loaded.approvals, event.data)) };
    case 'activity':
    case 'changed':
      // The pages that show it ask for it.
      return loaded;
  }
}

/** The approvals of `list` that wait for an answer, the one that has waited longest first. */
export function waiting(list: readonly Approval[]): Approval[] {
  return list
    .filter((approval) => approval.state === 'pending')
    .sort((a, b) => order(a.createdAt, b.createdAt) || order(a.id, b.id));
}

/** `list` with `item` in the place of the one with its id, or, when there is none, before the others. */
function withItem<T extends { id: string }>(list: readonly T[], item: T): readonly T[] {
  const at = list.findIndex(({ id }) => id === item.id);
  return at < 0 ? [item, ...list] : list.with(at, item);
}

/** Compares ISO times and ids. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
