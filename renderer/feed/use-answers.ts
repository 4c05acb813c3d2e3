import { useCallback, useState } from 'react';
import type { Approval, Params } from '../../shared/contract.ts';
import { useTransport } from '../store/use-live.ts';
import { errorWords } from '../text/error-words.ts';

/** What the person answers: the parameters of `approvals.decide` without the approval. */
export type Reply = Omit<Params<'approvals.decide'>, 'id'>;

/** The answers that this window gave. */
export interface Answers {
  /** Approvals answered here: their cards are gone, whether or not Greenlight has said so yet. */
  given: ReadonlySet<string>;
  /** Why an answer did not get through, by the approval's id. */
  errors: ReadonlyMap<string, string>;
  /** Why the last answer that failed did so; it may have come too late, and its card be gone. */
  lastError: string | undefined;
  answer: (approval: Approval, reply: Reply) => void;
}

/** Sends answers. A card leaves at once; when its answer fails, it comes back and says why. */
export function useAnswers(): Answers {
  const transport = useTransport();
  const [given, setGiven] = useState<ReadonlySet<string>>(new Set());
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const [lastError, setLastError] = useState<string>();

  const answer = useCallback<Answers['answer']>(
    ({ id }, reply) => {
      setGiven((ids) => new Set(ids).add(id));
      setErrors((all) => new Map([...all].filter(([failed]) => failed !== id)));
      setLastError(undefined);
      transport.call('approvals.decide', { id, ...reply }).catch((error: unknown) => {
        setErrors((all) => new Map(all).set(id, errorWords(error)));
        setLastError(errorWords(error));
        setGiven((ids) => new Set([...ids].filter((other) => other !== id)));
      });
    },
    [transport],
  );

  return { given, errors, lastError, answer };
}
