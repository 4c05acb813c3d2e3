import { useCallback, useMemo, useRef, useState } from 'react';
import type { Approval } from '../../shared/contract.ts';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Announcer } from './announcer.tsx';
import { AnswersOff, ApprovalCard } from './approval-card.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { TrialStatus, useTrial } from './try-it.tsx';
import { useAnswers } from './use-answers.ts';
import { useCardFocus } from './use-card-focus.ts';
import { useSettling } from './use-settling.ts';

interface WaitingProps {
  /** Those that wait, the one that has waited longest first. */
  approvals: readonly Approval[];
  costUnit: string;
  /** Whether Greenlight can be reached. */
  online: boolean;
}

/** What waits for the person. */
export function Waiting({ approvals, costUnit, online }: WaitingProps) {
  const { given, errors, lastError, answer } = useAnswers();
  const { trial, start, dismiss } = useTrial();
  const [reasonFor, setReasonFor] = useState<Approval>();
  const list = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  const shown = useMemo(() => approvals.filter(({ id }) => !given.has(id)), [approvals, given]);
  const ids = useMemo(() => shown.map(({ id }) => id), [shown]);
  const settling = useSettling(ids);
  const answered = useCallback((id: string) => given.has(id), [given]);

  useCardFocus({
    list,
    fallback: heading,
    ids,
    answered,
    onAnswer(id, chosen) {
      const approval = shown.find((each) => each.id === id);
      if (approval !== undefined && online) answer(approval, chosen);
    },
  });

  return (
    <section aria-labelledby="approvals-title" className="flex flex-col gap-3">
      <div className="flex items-baseline justify-between gap-4">
        <h2 id="approvals-title" ref={heading} tabIndex={-1} className="text-base font-semibold outline-none">
          {shown.length === 0 ? 'Approvals' : `${shown.length} waiting for you`}
        </h2>
        {shown.length > 1 && (
          <p className="text-[13px] text-muted max-sm:hidden">↑ ↓ to move, A to allow, D to deny</p>
        )}
      </div>
      <Announcer approvals={shown} />

      {lastError !== undefined && !shown.some(({ id }) => errors.has(id)) && (
        <Banner tone="warn">Your last answer did not get through. {lastError}</Banner>
      )}

      {shown.length === 0 ? (
        <Nothing trying={trial.kind === 'running'} off={!online} onTry={start} />
      ) : (
        <AnswersOff value={!online || settling}>
          <div ref={list} role="feed" aria-labelledby="approvals-title" className="flex flex-col gap-3">
            {shown.map((approval, index) => (
              <ApprovalCard
                key={approval.id}
                approval={approval}
                position={index + 1}
                count={shown.length}
                costUnit={costUnit}
                error={errors.get(approval.id)}
                onAnswer={answer}
                onReason={setReasonFor}
              />
            ))}
          </div>
        </AnswersOff>
      )}
      <TrialStatus trial={trial} onDismiss={dismiss} />

      {reasonFor !== undefined && (
        <ReasonDialog
          approval={reasonFor}
          waiting={ids.includes(reasonFor.id)}
          onClose={() => setReasonFor(undefined)}
          onDeny={(approval, reason) => {
            answer(approval, 'deny', reason);
            setReasonFor(undefined);
          }}
        />
      )}
    </section>
  );
}

function Nothing({ trying, off, onTry }: { trying: boolean; off: boolean; onTry: () => void }) {
  return (
    <div className="flex flex-col items-center gap-1 rounded-xl border border-dashed border-line-strong/50 px-6 py-9 text-center">
      <p className="text-[17px] font-semibold">Nothing is waiting</p>
      <p className="max-w-[26rem] text-muted">
        When an agent wants to make a video, its call stops here, with everything it would send, until you
        allow or deny it.
      </p>
      <Button className="mt-3" off={trying || off} onClick={onTry}>
        {trying ? 'Sending a test call…' : 'Try it with a test call'}
      </Button>
    </div>
  );
}
