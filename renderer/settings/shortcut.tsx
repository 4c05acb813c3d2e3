import { type KeyboardEvent, useState } from 'react';
import { shortcutOf, shortcutWords } from '../../shared/shortcut.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/states.tsx';
import { useLoaded } from '../store/use-live.ts';
import { useSetting } from './use-setting.ts';

/** The keys that bring the oldest question forward; the desktop host alone has them. */
export function Shortcut() {
  const { desktop } = useLoaded().state;
  const { value, save, error } = useSetting('shortcut');
  const [listening, setListening] = useState<'for keys' | 'unfit'>();
  if (desktop === undefined) return null;
  const words = shortcutWords(value, navigator.platform.startsWith('Mac'));

  const shown = listening !== undefined ? 'Press the keys…' : value === '' ? 'Off: choose keys…' : words;

  function hear(event: KeyboardEvent): void {
    if (listening === undefined || event.key === 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    const pressed = event.key === 'Escape' ? 'given up' : shortcutOf(event);
    if (pressed === 'incomplete') return;
    setListening(pressed === 'unfit' ? 'unfit' : undefined);
    if (pressed !== 'unfit' && pressed !== 'given up') save(pressed, 'The shortcut is saved.');
  }

  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <p className="font-medium">Shortcut to the oldest call that waits</p>
          <p className="text-[13px] text-muted">
            Brings it forward from whatever program you are in. It answers nothing, and for a moment no key
            does.
          </p>
        </div>
        <div className="flex items-center gap-2">
          <Button
            aria-label={`Shortcut: ${shown}`}
            onClick={() => setListening(listening === undefined ? 'for keys' : undefined)}
            onKeyDown={hear}
            onBlur={() => setListening(undefined)}
          >
            {shown}
          </Button>
          {value !== '' && listening === undefined && (
            <Button look="quiet" onClick={() => save('', 'The shortcut is off.')}>
              Turn off
            </Button>
          )}
        </div>
      </div>
      <p role="status" className="text-[13px] text-muted empty:hidden">
        {listening === 'unfit'
          ? 'Hold two of Ctrl, Alt, Shift and Super or ⌘, and press a letter, a digit or the space bar; or one of them and a function key. Escape leaves it as it is.'
          : listening !== undefined &&
            'Press the keys together, for instance Ctrl+Alt+G. Escape leaves it as it is.'}
      </p>
      {desktop.noShortcut !== undefined && value !== '' && (
        <Banner tone="warn">
          <AgentText text={desktop.noShortcut} brief limit={400} />
        </Banner>
      )}
      {error !== undefined && <ErrorState message={`This was not saved. ${error}`} />}
    </div>
  );
}
