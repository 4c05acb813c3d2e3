import { Check } from 'lucide-react';
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { PolicyBudget } from '../budget/policy-budget.tsx';
import { useCounters } from '../budget/spent.tsx';
import { Button } from '../design/button.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { ErrorState } from '../design/states.tsx';
import { Feed } from '../feed/feed.tsx';
import { TrialStatus, useTrial } from '../feed/try-it.tsx';
import { useAnswers } from '../feed/use-answers.ts';
import { href, navigate } from '../navigation/route.ts';
import { useLive, useLoaded } from '../store/use-live.ts';
import { useCall, useMethod } from '../store/use-method.ts';
import { ChooseUpstream } from './choose-upstream.tsx';
import { ConnectStep } from './connect-step.tsx';

/** The first run: four steps on one page, each of which can be left out. */
export default function WelcomePage() {
  const online = useLive().connection === 'online';
  const { state, settings, approvals } = useLoaded();
  const answers = useAnswers();
  const { trial, start, dismiss } = useTrial();
  const save = useCall('settings.set');
  const clients = useMethod('clients.list', {}, { refetchOn: ['clients', 'activity'] });
  const heading = useRef<HTMLHeadingElement>(null);
  const waiting = useMemo(
    () => approvals.filter(({ id }) => !answers.given.has(id)),
    [approvals, answers.given],
  );
  // What has been seen here stays done when the card is gone.
  const [asked, setAsked] = useState(false);
  const connected = state.upstream.status === 'connected';
  const used = asked || (clients.data?.clients.some(({ lastUsedAt }) => lastUsedAt !== undefined) ?? false);
  const budgeted = useCounters().some(({ counts }) => counts === 'cost');
  const seen = asked && waiting.length === 0;

  useEffect(() => {
    if (waiting.length > 0) setAsked(true);
  }, [waiting.length]);

  async function finish(): Promise<void> {
    if (settings.welcomed || (await save.run({ welcomed: true })) !== undefined) {
      navigate(href('approvals'), { replace: true });
    }
  }

  return (
    <Page>
      <PageHeader
        title="Welcome to Greenlight"
        lead="It stands between your AI agents and the Luma video server, and asks you before they spend."
        actions={
          <Button look="quiet" off={!online || save.running} onClick={() => void finish()}>
            Skip
          </Button>
        }
      />
      {save.error !== undefined && <ErrorState message={save.error} />}
      <ol className="flex flex-col gap-8">
        <Step number={1} title="Choose where calls go" done={connected}>
          <ChooseUpstream off={!online} />
        </Step>
        <Step number={2} title="Connect a client, or try it" done={used}>
          <ConnectStep mcpUrl={state.mcpUrl} trying={trial.kind === 'running'} off={!online} onTry={start} />
        </Step>
        <Step number={3} title="Set a daily budget" done={budgeted}>
          <PolicyBudget id={state.defaultPolicyId} off={!online} />
        </Step>
        <Step number={4} title="See the first approval" done={seen} headingRef={heading}>
          {(titleId) => (
            <>
              {waiting.length === 0 && (
                <p className="text-muted">
                  {seen
                    ? 'That is all there is to it. From now on a call that needs you appears on the page Approvals, and as a notification.'
                    : 'The first call that needs your answer appears here, with everything it would send.'}
                </p>
              )}
              <Feed
                approvals={waiting}
                answers={answers}
                costUnit={settings.costUnit}
                online={online}
                labelledBy={titleId}
                cardHeading="h3"
                heading={heading}
              />
              <TrialStatus trial={trial} onDismiss={dismiss} />
            </>
          )}
        </Step>
      </ol>
      <div className="pl-10">
        <Button look={seen ? 'primary' : 'plain'} off={!online || save.running} onClick={() => void finish()}>
          Done
        </Button>
      </div>
    </Page>
  );
}

interface StepProps {
  number: number;
  title: string;
  done: boolean;
  headingRef?: React.RefObject<HTMLHeadingElement | null>;
  children: ReactNode | ((titleId: string) => ReactNode);
}

function Step({ number, title, done, headingRef, children }: StepProps) {
  const id = useId();
  return (
    <li className="flex gap-4 max-sm:gap-3">
      <span
        aria-hidden="true"
        className={`meaning flex size-6 shrink-0 items-center justify-center rounded-full text-[13px] font-semibold ${
          done ? 'bg-accent text-on-accent' : 'bg-line text-text'
        }`}
      >
        {done ? <Check /> : number}
      </span>
      <section aria-labelledby={id} className="flex min-w-0 flex-1 flex-col gap-3">
        <h2
          id={id}
          {...(headingRef !== undefined && { ref: headingRef, tabIndex: -1 })}
          className="text-base leading-6 font-semibold outline-none"
        >
          {title}
          {done && <span className="sr-only"> (done)</span>}
        </h2>
        {typeof children === 'function' ? children(id) : children}
      </section>
    </li>
  );
}
