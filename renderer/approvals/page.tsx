import { useMemo, useRef } from 'react';
import { Banner } from '../design/banner.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { Feed } from '../feed/feed.tsx';
import { TrialStatus, useTrial } from '../feed/try-it.tsx';
import { useAnswers } from '../feed/use-answers.ts';
import type { PageProps } from '../navigation/route.ts';
import { useLive, useLoaded } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { AllowancesInForce } from './allowances.tsx';
import { Answered } from './answered.tsx';
import { Nothing } from './nothing.tsx';
import { OutsideChanges } from './outside.tsx';
import { stateWords } from './state-words.ts';

const TITLE = 'waiting-title';

/** What waits for the person, what they permitted for a while, and what was answered lately. */
export default function ApprovalsPage({ path: [linked] }: PageProps) {
  const online = useLive().connection === 'online';
  const { state, approvals, settings } = useLoaded();
  const answers = useAnswers();
  const { trial, start, dismiss } = useTrial();
  const heading = useRef<HTMLHeadingElement>(null);
  const answered = useMethod('approvals.list', { answered: true }, { refetchOn: ['approval'] });
  const waiting = useMemo(
    () => approvals.filter(({ id }) => !answers.given.has(id)),
    [approvals, answers.given],
  );
  const ended = answered.data?.approvals.find(({ id }) => id === linked);

  return (
    <Page>
      <PageHeader
        title={
          <span id={TITLE} ref={heading} tabIndex={-1} className="outline-none">
            {waiting.length === 0 ? 'Approvals' : `${waiting.length} waiting for you`}
          </span>
        }
        actions={
          waiting.length > 0 && (
            <p className="text-[13px] leading-8 text-muted max-sm:hidden">
              ↑ ↓ to move, A to allow, D to deny, E to edit
            </p>
          )
        }
      />
      {ended !== undefined && !answers.given.has(ended.id) && !answers.sending.has(ended.id) && (
        <Banner tone="info">That call needs no answer any more: {stateWords(ended).sentence}</Banner>
      )}
      <div className="flex flex-col gap-3 empty:hidden">
        <Feed
          approvals={waiting}
          answers={answers}
          costUnit={settings.costUnit}
          online={online}
          labelledBy={TITLE}
          cardHeading="h2"
          heading={heading}
          linked={linked}
        />
        {waiting.length === 0 && (
          <Nothing trying={trial.kind === 'running'} off={!online} mode={state.guard.mode} onTry={start} />
        )}
        <TrialStatus trial={trial} onDismiss={dismiss} />
      </div>
      {/* Below what waits: one that comes must not push a card away from under the pointer. */}
      <OutsideChanges online={online} />
      <AllowancesInForce online={online} costUnit={settings.costUnit} />
      <Answered approvals={answered.data?.approvals} error={answered.error} />
    </Page>
  );
}
