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
 * direction of its surroundings; characters that would deceive the eye are shown as marks; long text folds in the
 * middle. What is folded away is in a button with `data-fold` (see feed/use-card-focus.ts).
 */
export function AgentText({ text, limit, brief = false }: AgentTextProps) {
  const [open, setOpen] = useState(false);
  const folded = useMemo(() => fold(text, limit), [text, limit]);
  const closed = folded.folded && !open;
  const look = brief ? '' : 'whitespace-pre-wrap';
  const toggle = folded.folded && !brief && (
    <span className="my-2 block">
      <Button size="small" data-fold aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? 'Show less' : `Show all ${folded.characters.toLocaleString('en')} characters`}
      </Button>
    </span>
  );
  return (
    <>
      <bdi className={look}>
        <Marked text={closed ? folded.head : text} />
        {closed && '…'}
      </bdi>
      {toggle}
      {closed && !brief && (
        <bdi className={look}>
          …<Marked text={folded.tail} />
        </bdi>
      )}
    </>
  );
}

/** Text with what would deceive the eye as marks. */
function Marked({ text }: { text: string }) {
  const parts = useMemo(() => keyed(text), [text]);
  return parts.map(({ key, part }) =>
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
