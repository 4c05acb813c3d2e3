import { useCallback, useRef, useState } from 'react';

export interface Changes<C> {
  /** Those that are on their way, oldest first: what is shown is what is known with all of them. */
  onTheirWay: readonly C[];
  /**
   * Shows `change` while `save` runs and, where that went well, until `learn` has ended: what is known has it then.
   * One is saved after the other, so that what was chosen last stands. Returns whether it was saved.
   */
  make: (change: C, save: () => Promise<boolean>, learn: () => Promise<void>) => Promise<boolean>;
}

/** Changes that are shown as soon as the person makes them. What could not be saved goes back. */
export function useChanges<C>(): Changes<C> {
  const [onTheirWay, setOnTheirWay] = useState<readonly { change: C }[]>([]);
  const last = useRef<Promise<unknown>>(Promise.resolve());
  const make = useCallback<Changes<C>['make']>(async (change, save, learn) => {
    const own = { change };
    setOnTheirWay((others) => [...others, own]);
    const saving = last.current.then(save);
    last.current = saving;
    const saved = await saving;
    const gone = () => setOnTheirWay((others) => others.filter((other) => other !== own));
    if (saved) void learn().then(gone);
    else gone();
    return saved;
  }, []);
  return { onTheirWay: onTheirWay.map(({ change }) => change), make };
}
