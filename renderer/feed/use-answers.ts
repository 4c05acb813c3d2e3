import { useCallback, useRef, useState } from 'react';
import type { Approval, Params } from '../../shared/contract.ts';
import { useTransport } from '../store/use-live.ts';
import { errorWords } from '../text/error-words.ts';

/** What the person answers: the parameters of `approvals.decide` without the approval. */
export type Reply = Omit<Params<'approvals.decide'>, 'id'>;

/** The answers that this window gave. */
export interface Answers {
  /** Approvals answered here, as Greenlight has confirmed: their cards are gone. */
  given: ReadonlySet<string>;
  /** Answers on their way: the cards stay, and take no other. */
  sending: ReadonlySet<string>;
  /** Why an answer did not get through, by the approval's id. */
  errors: ReadonlyMap<string, string>;
  /** Why the last answer that failed did so; it may have come too late, and its card be gone. */
  lastError: string | undefined;
  answer: (approval: Approval, reply: Reply) => void;
}

/** Sends answers. A card leaves once Greenlight has taken its answer; when that fails, it stays and says why. */
export function useAnswers(): Answers {
  const transport = useTransport();
  const [given, setGiven] = useState<ReadonlySet<string>>(new Set());
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const [lastError, setLastError] = useState<string>();

  const [sending, setSending] = useState<ReadonlySet<string>>(new Set());
  // Two presses may come before the first is rendered.
  const underway = useRef(new Set<string>());

  const answer = useCallback<Answers['answer']>(
    ({ id }, reply) => {
      if (underway.current.has(id)) return;
      underway.current.add(id);
      setSending(new Set(underway.current));
      setErrors((all) => new Map([...all].filter(([failed]) => failed !== id)));
      setLastError(undefined);
      transport
        .call('approvals.decide', { id, ...reply })
        .then(
          () => setGiven((ids) => new Set(ids).add(id)),
          (error: unknown) => {
            setErrors((all) => new Map(all).set(id, errorWords(error)));
            setLastError(errorWords(error));
          },
        )
        .finally(() => {
          underway.current.delete(id);
          setSending(new Set(underway.current));
        });
    },
    [transport],
  );

  return { given, sending, errors, lastError, answer };
}
