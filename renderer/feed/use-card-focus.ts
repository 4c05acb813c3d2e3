import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import { type KeyAction, keyAction } from './keys.ts';

/**
 * How long keys answer nothing after something came that nobody may have looked at yet: the window came forward, or
 * the focus moved to a card by itself; and how long a card that nobody has gone to must have been there. What is being
 * typed elsewhere must not become an answer.
 */
const SURPRISE_MS = 600;

/**
 * What has keys of its own, or asks something else (`data-asks`): while one is open, or has the focus, none of them
 * answers a call.
 */
const OPEN = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]';
const FIELD = `input, textarea, select, [contenteditable], [data-asks], ${OPEN}`;

interface CardFocus {
  /** The element that holds the cards, each with `data-approval`. */
  list: RefObject<HTMLElement | null>;
  /** Takes the focus when the last card is gone. */
  fallback: RefObject<HTMLElement | null>;
  /** The cards shown, in order. */
  ids: readonly string[];
  /** Whether a dialog is open: the focus is there, and moves on only once it is closed. */
  busy: boolean;
  /** Whether the person has answered this one here. */
  answered: (id: string) => boolean;
  onAction: (id: string, action: 'allow' | 'deny' | 'edit') => void;
}

/**
 * The keyboard among the cards: arrows move, A, D and E answer the card that has the focus, and when that card
 * leaves, the focus goes on to the next one. While no card has it, keys go to the first one, which is answered only
 * where it was in sight before. What is folded away in a card is shown by the first A, and allowed by the next. Keys
 * typed into a field, a menu or a dialog stay there.
 */
export function useCardFocus({ list, fallback, ids, busy, answered, onAction }: CardFocus): {
  /** Gives the focus to a card that the person did not go to by themselves. */
  bringForward: (id: string) => void;
} {
  const last = useRef<{ id: string; index: number }>(undefined);
  const surprisedAt = useRef(Number.NEGATIVE_INFINITY);
  const latest = useRef({ ids, onAction });
  latest.current = { ids, onAction };
  /** Since when each card is there. */
  const shownAt = useRef<ReadonlyMap<string, number>>(new Map());

  useLayoutEffect(() => {
    const before = shownAt.current;
    shownAt.current = new Map(ids.map((id) => [id, before.get(id) ?? performance.now()]));
  }, [ids]);

  useLayoutEffect(() => {
    const left = last.current;
    if (busy || left === undefined || ids.includes(left.id) || document.activeElement !== document.body)
      return;
    if (!answered(left.id)) surprisedAt.current = performance.now();
    const next = ids[Math.min(left.index, ids.length - 1)];
    if (next === undefined) fallback.current?.focus();
    else cardOf(list.current, next)?.focus();
  }, [ids, busy, answered, list, fallback]);

  useEffect(() => {
    function remember(target: EventTarget | null): void {
      // A menu or a dialog of a card is not in it, and gives the focus back.
      if (!(target instanceof Element) || target.closest(OPEN) !== null) return;
      const id = cardId(target);
      last.current = id === undefined ? undefined : { id, index: latest.current.ids.indexOf(id) };
    }

    function act(action: KeyAction, from: string | undefined): boolean {
      const { ids, onAction } = latest.current;
      if (action === 'next' || action === 'previous') {
        const to = from === undefined ? 0 : ids.indexOf(from) + (action === 'next' ? 1 : -1);
        cardOf(list.current, ids[to])?.focus();
        return ids[to] !== undefined;
      }
      if (performance.now() - surprisedAt.current < SURPRISE_MS) return false;
      const [first] = ids;
      const id = from ?? first;
      const card = cardOf(list.current, id);
      if (id === undefined || card === undefined) return false;
      const expected = from !== undefined || wasSeen(id, card);
      if (from === undefined) card.focus();
      if (expected && !(action === 'allow' && unfold(card))) onAction(id, action);
      return true;
    }

    /** Whether the person, who has gone to no card, had the time to see this one. */
    function wasSeen(id: string, card: HTMLElement): boolean {
      const { top } = card.getBoundingClientRect();
      const since = shownAt.current.get(id) ?? performance.now();
      return top >= 0 && top < window.innerHeight / 2 && performance.now() - since >= SURPRISE_MS;
    }

    const surprise = () => {
      surprisedAt.current = performance.now();
    };

    /** Enter and the space bar press what has the focus. */
    function holdBack(event: KeyboardEvent): void {
      if (performance.now() - surprisedAt.current >= SURPRISE_MS) return;
      if (event.key !== 'Enter' && event.key !== ' ') return;
      if (!(event.target instanceof Element) || event.target.closest('[data-approval], [role=menu]') === null)
        return;
      event.preventDefault();
      event.stopPropagation();
    }

    function onKeyDown(event: KeyboardEvent): void {
      const { target } = event;
      if (event.defaultPrevented || !(target instanceof Element) || target.closest(FIELD) !== null) return;
      const from = cardId(target);
      // What is open over the page has the person's attention, even where something else has the focus.
      if (from === undefined && document.querySelector(OPEN) !== null) return;
      const action = keyAction(event);
      if (action !== undefined && act(action, from)) event.preventDefault();
    }

    const onFocus = (event: FocusEvent) => remember(event.target);
    const onPress = (event: PointerEvent) => remember(event.target);
    window.addEventListener('focus', surprise);
    document.addEventListener('visibilitychange', surprise);
    document.addEventListener('keydown', holdBack, { capture: true });
    document.addEventListener('keydown', onKeyDown);
    document.addEventListener('focusin', onFocus);
    document.addEventListener('pointerdown', onPress);
    return () => {
      window.removeEventListener('focus', surprise);
      document.removeEventListener('visibilitychange', surprise);
      document.removeEventListener('keydown', holdBack, { capture: true });
      document.removeEventListener('keydown', onKeyDown);
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('pointerdown', onPress);
    };
  }, [list]);

  const bringForward = useCallback(
    (id: string) => {
      surprisedAt.current = performance.now();
      cardOf(list.current, id)?.focus();
    },
    [list],
  );
  return { bringForward };
}

/** Shows what is folded away in `card`; whether anything was: nobody allows by a key what was not to be seen. */
function unfold(card: HTMLElement): boolean {
  const folds = card.querySelectorAll<HTMLElement>('[data-fold][aria-expanded=false]');
  for (const fold of folds) fold.click();
  return folds.length > 0;
}

function cardId(target: Element): string | undefined {
  return target.closest<HTMLElement>('[data-approval]')?.dataset.approval;
}

function cardOf(list: HTMLElement | null, id: string | undefined): HTMLElement | undefined {
  const cards = list?.querySelectorAll<HTMLElement>('[data-approval]') ?? [];
  return Array.from(cards).find((card) => card.dataset.approval === id);
}
