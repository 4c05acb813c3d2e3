import type { Settings, SettingsChange } from '../../shared/settings.ts';
import { withChange } from '../../shared/settings.ts';
import { useToast } from '../design/toast.tsx';
import { useChanges } from '../store/use-changes.ts';
import { useLoaded, useStore } from '../store/use-live.ts';
import { useCall } from '../store/use-method.ts';

/** A setting that the window may change, or a group of them. */
export type SettingName = keyof SettingsChange;

export interface Setting<N extends SettingName> {
  /** What is in force, or on its way to be. */
  value: Settings[N];
  /** Saves a value, or those members of a group that change; says so with the words `text`, and offers to undo it. */
  save: (change: NonNullable<SettingsChange[N]>, text: string) => void;
  /** Why the last change was not saved. */
  error: string | undefined;
}

/** One setting that saves by itself. What is chosen is shown at once; what could not be saved goes back. */
export function useSetting<N extends SettingName>(name: N): Setting<N> {
  const { settings } = useLoaded();
  const store = useStore();
  const set = useCall('settings.set');
  const toast = useToast();
  const { onTheirWay, make } = useChanges<SettingsChange>();
  const shown = onTheirWay.reduce(withChange, settings);

  const put = (change: SettingsChange): Promise<boolean> =>
    make(change, async () => (await set.run(change)) !== undefined, store.load);

  async function save(value: NonNullable<SettingsChange[N]>, text: string): Promise<void> {
    const change: SettingsChange = { [name]: value };
    if (JSON.stringify(withChange(shown, change)) === JSON.stringify(shown)) return;
    const undo: SettingsChange = { [name]: membersOf(shown[name], value) };
    if (await put(change)) toast({ text, onUndo: () => void put(undo) });
  }

  return { value: shown[name], save: (value, text) => void save(value, text), error: set.error };
}

/** `known` as far as `change` speaks of it: whole, or the members that it names. */
function membersOf(known: unknown, change: unknown): unknown {
  if (typeof known !== 'object' || known === null || typeof change !== 'object' || change === null)
    return known;
  return Object.fromEntries(Object.entries(known).filter(([name]) => name in change));
}
