import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Approval } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { useCounters } from '../budget/spent.tsx';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { useMethods } from '../store/use-method.ts';
import { AnswersOff, Documents, type LongerAnswer, OthersOf } from './answer-buttons.tsx';
import { ApprovalCard, Counters } from './approval-card.tsx';
import { EditDialog } from './edit-dialog.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { RuleDialog } from './rule-dialog.tsx';
import { Several } from './several.tsx';
import type { Answers } from './use-answers.ts';
import { useCardFocus } from './use-card-focus.ts';
import { useGrowing } from './use-growing.ts';
import { useReading } from './use-reading.ts';
import { useSettling } from './use-settling.ts';

interface FeedProps {
  /** Those that wait and were not answered here, the one that has waited longest first. */
  approvals: readonly Approval[];
  answers: Answers;
  costUnit: string;
  /** Whether Greenlight can be reached. */
  online: boolean;
  /** The id of the element that says what this is. */
  labelledBy: string;
  /** The cards' headings: one level below the heading they stand under. */
  cardHeading: 'h2' | 'h3';
  /** Takes the focus when the last card is gone. */
  heading: RefObject<HTMLElement | null>;
  /** The approval that a link names: it gets the focus. */
  linked?: string | undefined;
}

/** The cards of the calls that wait, with their keyboard and their dialogs. */
export function Feed({
  approvals,
  answers,
  costUnit,
  online,
  labelledBy,
  cardHeading,
  heading,
  linked,
}: FeedProps) {
  const { given, sending, errors, lastError, answer } = answers;
  const [dialog, setDialog] = useState<{ kind: LongerAnswer; approval: Approval }>();
  const list = useRef<HTMLDivElement>(null);
  const ids = useMemo(() => approvals.map(({ id }) => id), [approvals]);
  const at = linked === undefined ? -1 : ids.indexOf(linked);
  const { shown, end } = useGrowing(approvals.length, at + 1);
  const settling = useSettling(ids);
  const counters = useCounters();
  const answered = useCallback((id: string) => given.has(id) || sending.has(id), [given, sending]);
  const open = useCallback((kind: LongerAnswer, approval: Approval) => setDialog({ kind, approval }), []);
  const othersOf = useMemo(
    () => ({
      count: (client: string) => approvals.filter((each) => each.client.id === client).length,
      denyAll(client: string) {
        for (const each of approvals) if (each.client.id === client) answer(each, { answer: 'deny' });
      },
    }),
    [approvals, answer],
  );
  const close = () => setDialog(undefined);
  const documents = useDocuments(approvals);

  const { bringForward } = useCardFocus({
    list,
    fallback: heading,
    ids,
    busy: dialog !== undefined,
    answered,
    onAction(id, action) {
      const approval = approvals.find((each) => each.id === id);
      if (approval === undefined || !online || sending.has(id)) return;
      if (action === 'edit') open('edit', approval);
      else answer(approval, { answer: action });
    },
  });

  useReading(list, online && approvals.length > 0);
  const found = at >= 0;
  useEffect(() => {
    if (linked !== undefined && found) bringForward(linked);
  }, [linked, found, bringForward]);

  return (
    <>
      {lastError !== undefined && !approvals.some(({ id }) => errors.has(id)) && (
        <div role="alert">
          <Banner tone="warn">
            Your last answer did not get through. <AgentText text={lastError} />
          </Banner>
        </div>
      )}
      {approvals.length > 0 && (
        <Counters value={counters}>
          <OthersOf value={othersOf}>
            <Documents value={documents}>
              <div ref={list} role="feed" aria-labelledby={labelledBy} className="flex flex-col gap-3">
                {approvals.slice(0, shown).map((approval, index) => (
                  <AnswersOff key={approval.id} value={!online || settling || sending.has(approval.id)}>
                    <ApprovalCard
                      approval={approval}
                      heading={cardHeading}
                      position={index + 1}
                      count={approvals.length}
                      costUnit={costUnit}
                      error={errors.get(approval.id)}
                      onAnswer={answer}
                      onOpen={open}
                    />
                  </AnswersOff>
                ))}
              </div>
            </Documents>
          </OthersOf>
        </Counters>
      )}
      <Several
        approvals={approvals.filter(({ id }) => !sending.has(id))}
        costUnit={costUnit}
        off={!online || settling}
        onAnswer={answer}
      />
      <div ref={end}>
        {approvals.length > shown && (
          <p className="py-2 text-center text-muted">{approvals.length - shown} more below…</p>
        )}
      </div>
      {dialog?.kind === 'reason' && (
        <ReasonDialog
          approval={dialog.approval}
          waiting={ids.includes(dialog.approval.id)}
          onClose={close}
          onDeny={(approval, reason) => {
            answer(approval, { answer: 'deny', reason });
            close();
          }}
        />
      )}
      {dialog?.kind === 'edit' && (
        <EditDialog
          approval={dialog.approval}
          waiting={approvals.find(({ id }) => id === dialog.approval.id)}
          onClose={close}
        />
      )}
      {typeof dialog?.kind === 'object' && (
        <RuleDialog id={dialog.approval.policy.id} rule={dialog.kind} waits onClose={close} />
      )}
    </>
  );
}

/** The documents of the policies that ask. */
function useDocuments(approvals: readonly Approval[]): ReadonlyMap<string, Json> {
  const ids = [...new Set(approvals.map(({ policy }) => policy.id))].sort();
  const { data } = useMethods(
    'policies.get',
    ids.map((id) => ({ id })),
    { refetchOn: ['policies'] },
  );
  return useMemo(() => new Map(data?.map(({ id, document }) => [id, document])), [data]);
}
