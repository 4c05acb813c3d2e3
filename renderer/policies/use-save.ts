import { useEffect, useRef, useState } from 'react';
import { href, navigate } from '../navigation/route.ts';
import { useTransport } from '../store/use-live.ts';
import { errorWords } from '../text/error-words.ts';
import { type Draft, isNew } from './drafts.ts';
import { readText, textOf } from './json-text.ts';
import { drafts } from './use-drafts.ts';

export interface Save {
  /** Saves the policy as it is written. What goes wrong is in `error`. */
  run: () => Promise<void>;
  running: boolean;
  /** Why it was not saved, in words. */
  error: string | undefined;
}

/** Saves a draft: a new version, in force at once. A new policy gets its id, and the page follows. */
export function useSave(draft: Draft): Save {
  const transport = useTransport();
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<string>();

  async function run(): Promise<void> {
    const { document } = readText(draft.text);
    if (document === undefined || running) return;
    setRunning(true);
    setError(undefined);
    try {
      const id = isNew(draft) ? {} : { id: draft.key };
      const answer = await transport.call('policies.save', { ...id, name: draft.name, document });
      if ('errors' in answer) {
        const [first] = answer.errors;
        setError(`The policy was not saved. ${first?.pointer ?? ''} ${first?.message ?? ''}`.trim());
        return;
      }
      drafts.saved(draft.key, answer.id, answer.version, textOf(document));
      if (isNew(draft)) navigate(href('policies', answer.id), { replace: true });
    } catch (failed) {
      setError(`The policy was not saved. ${errorWords(failed)}`);
    } finally {
      setRunning(false);
    }
  }

  return { run, running, error };
}

/** Ctrl+S (⌘S) saves, wherever the focus is, while the policy can be saved. */
export function useSaveKey(ready: boolean, save: Save): void {
  const latest = useRef({ ready, save });
  latest.current = { ready, save };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      // The browser's own answer, saving the page, helps nobody here.
      event.preventDefault();
      if (latest.current.ready) void latest.current.save.run();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
