import { useState } from 'react';
import type { Params } from '../../shared/contract.ts';
import type { Settings } from '../../shared/settings.ts';
import { useToast } from '../design/toast.tsx';
import { useLoaded } from '../store/use-live.ts';
import { useCall } from '../store/use-method.ts';

/** A member of the settings that the window may change. */
export type SettingName = keyof Params<'settings.set'> & keyof Settings;

export interface Setting<T> {
  /** What is in force, or on its way to be. */
  value: T;
  /** Saves `value`, says so with the words `text`, and offers to undo it. */
  save: (value: T, text: string) => void;
  /** Why the last change was not saved. */
  error: string | undefined;
}

/** One setting that saves by itself. What is chosen is shown at once; what could not be saved goes back. */
export function useSetting<N extends SettingName>(name: N): Setting<Settings[N]> {
  const { settings } = useLoaded();
  const set = useCall('settings.set');
  const toast = useToast();
  const [onItsWay, setOnItsWay] = useState<{ value: Settings[N] }>();

  async function put(value: Settings[N]): Promise<boolean> {
    setOnItsWay({ value });
    const saved = await set.run({ [name]: value } as Params<'settings.set'>);
    setOnItsWay(undefined);
    return saved !== undefined;
  }

  async function save(value: Settings[N], text: string): Promise<void> {
    const before = settings[name];
    if (JSON.stringify(value) === JSON.stringify(before)) return;
    if (await put(value)) toast({ text, onUndo: () => void put(before) });
  }

  return {
    value: onItsWay === undefined ? settings[name] : onItsWay.value,
    save: (value, text) => void save(value, text),
    error: set.error,
  };
}
