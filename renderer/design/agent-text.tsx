import { useMemo, useState } from 'react';
import { fold } from '../text/fold.ts';
import { visibleText } from '../text/visible.ts';
import { Button } from './button.tsx';

interface AgentTextProps {
  text: string;
  /** Characters shown at first. */
  limit?: number;
  /** A text that stays on its line: cut off with an ellipsis instead of folded; line ends read as spaces. */
  brief?: boolean;
}

/**
 * Text that an agent, a client or the upstream supplied: never markup, no links, kept apart from the
 * direction of its surroundings; characters that would deceive the eye are shown as marks; long text folds.
 */
export function AgentText({ text, limit, brief = false }: AgentTextProps) {
  const [open, setOpen] = useState(false);
  const folded = useMemo(() => fold(text, limit), [text, limit]);
  const shown = open ? text : folded.head;
  const parts = useMemo(() => keyed(shown), [shown]);
  return (
    <>
      <bdi className={brief ? '' : 'whitespace-pre-wrap'}>
        {parts.map(({ key, part }) =>
          part.kind === 'text' ? (
            part.text
          ) : (
            <span
              key={key}
              dir="ltr"
              className="mx-0.5 inline-block rounded border border-warn-line bg-warn-soft px-1 align-baseline font-mono text-[11px] leading-4 whitespace-nowrap text-warn"
            >
              {part.label}
              <span className="font-sans"> {part.name}</span>
            </span>
          ),
        )}
        {folded.folded && !open && '…'}
      </bdi>
      {folded.folded && !brief && (
        <span className="mt-2 block">
          <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Show less' : `Show all ${folded.characters.toLocaleString('en')} characters`}
          </Button>
        </span>
      )}
    </>
  );
}

/** The parts with a key each: where they begin. */
function keyed(text: string) {
  let at = 0;
  return visibleText(text).map((part) => {
    const key = at;
    at += part.kind === 'text' ? part.text.length : 1;
    return { key, part };
  });
}
