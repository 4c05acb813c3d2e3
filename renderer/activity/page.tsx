import { ScrollText, ShieldCheck } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ActivityRow, Result } from '../../shared/contract.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { EmptyState, ErrorState, Loading, Spinner } from '../design/states.tsx';
import { useWide } from '../design/use-wide.ts';
import { RuleDialog } from '../feed/rule-dialog.tsx';
import { href, navigate, type PageProps } from '../navigation/route.ts';
import { useLive, useLoaded } from '../store/use-live.ts';
import { useCall, useMethod } from '../store/use-method.ts';
import { hostNow } from '../text/clock.ts';
import { errorWords } from '../text/error-words.ts';
import { CopyCall, Details, DetailsPanel } from './details.tsx';
import { ExportMenu, ExportProgress, useExport } from './export-menu.tsx';
import { filterPath, type LogFilter, namedCall, readFilter } from './filter.ts';
import { Filters } from './filters.tsx';
import { LogList } from './log-list.tsx';
import type { AskedOfPolicy } from './rules.tsx';
import { useLog } from './use-log.ts';
import { Verified } from './verify.tsx';
import { callsWords } from './words.ts';

/** The log of calls: searched, opened, exported, verified. */
export default function ActivityPage({ path }: PageProps) {
  const filter = readFilter(path);
  const { rows, view, key, query, searching } = useLog(filter);
  const { connection } = useLive();
  const { costUnit } = useLoaded().settings;
  const exporting = useExport(query);
  const verify = useCall('activity.verify');
  const verifying = useRef<AbortController>(undefined);
  useEffect(() => () => verifying.current?.abort(), []);
  const [verified, setVerified] = useState<Result<'activity.verify'>>();
  const [opened, setOpened] = useState<ActivityRow>();
  const roomy = useWide();
  const [asked, setAsked] = useState<AskedOfPolicy & { wide: boolean }>();
  // While a rule is asked about, what is under the question stays as it was.
  const wide = asked?.wide ?? roomy;
  const askRule = (rule: AskedOfPolicy) => setAsked({ ...rule, wide });
  const online = connection === 'online';

  const setFilter = (next: LogFilter) => navigate(href('activity', ...filterPath(next)), { replace: true });
  const named = namedCall(path);
  const linked = useMethod('activity.get', named === undefined ? undefined : { id: named });
  const linkedId = linked.data?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; the person may open another one after it.
  useEffect(() => setOpened(linked.data), [linkedId]);
  const close = useCallback(() => {
    setOpened(undefined);
    if (named !== undefined) navigate(href('activity'), { replace: true });
  }, [named]);
  const open = useCallback((index: number) => setOpened((old) => rows.row(index) ?? old), [rows]);
  const openedIndex = opened === undefined ? undefined : rows.indexOf(opened.id);
  // What is shown is the row as it is now: a call that was waiting may have been decided meanwhile.
  const listed = (openedIndex === undefined ? undefined : rows.row(openedIndex)) ?? opened;
  const whole = useMethod('activity.get', listed?.cut ? { id: listed.id } : undefined);
  const shown = listed?.cut ? (whole.data ?? listed) : listed;
  const filtered = Object.keys(filter).length > 0;

  return (
    <Page fill>
      <PageHeader
        title="Activity"
        lead="Every call, written down before it reaches the upstream."
        actions={
          <>
            <Button
              icon={<ShieldCheck />}
              off={verify.running || !online}
              onClick={() => {
                setVerified(undefined);
                verifying.current = new AbortController();
                void verify.run({}, verifying.current.signal).then(setVerified);
              }}
            >
              Verify
            </Button>
            <ExportMenu exporting={exporting} off={view.count === 0 || !online} />
          </>
        }
      />
      <div className="flex min-h-0 flex-1 flex-col gap-3">
        <Filters filter={filter} onChange={setFilter} />
        <Verified
          running={verify.running}
          answer={verified}
          error={verify.error}
          onDismiss={() => setVerified(undefined)}
        />
        {linked.error !== undefined && <ErrorState message={linked.error} onRetry={linked.reload} />}
        <ExportProgress exporting={exporting} total={view.more ? undefined : view.count} />
        {view.status === 'failed' ? (
          <ErrorState
            message={`The log could not be loaded. ${errorWords(view.error)}`}
            onRetry={rows.retry}
          />
        ) : view.count === 0 && view.fresh === 0 ? (
          view.status === 'loading' ? (
            <Loading what="the log" />
          ) : (
            <>
              <Nothing filtered={filtered} onShowAll={() => setFilter({})} />
              <p role="status" className="text-[13px] text-muted">
                {searching && <Searching />}
              </p>
            </>
          )
        ) : (
          <>
            <div aria-busy={searching} className="flex min-h-0 flex-1 gap-4">
              <LogList
                key={key}
                rows={rows}
                view={view}
                opened={opened?.id}
                onOpen={open}
                onClose={close}
                today={new Date(hostNow()).setHours(0, 0, 0, 0)}
              />
              {shown !== undefined && wide && (
                <DetailsPanel
                  row={shown}
                  costUnit={costUnit}
                  problem={whole.error}
                  onAskRule={askRule}
                  onClose={close}
                />
              )}
            </div>
            <p role="status" className="text-[13px] text-muted tabular-nums">
              {searching ? (
                <Searching />
              ) : (
                <>
                  {callsWords(view.count, view.more)}
                  {filtered ? (view.count === 1 ? ' that matches' : ' that match') : ''}
                </>
              )}
            </p>
          </>
        )}
      </div>
      {shown !== undefined && !wide && (
        <Dialog title="The call in full" size="medium" onClose={close} footer={<CopyCall row={shown} />}>
          <Details row={shown} costUnit={costUnit} problem={whole.error} onAskRule={askRule} />
        </Dialog>
      )}
      {asked !== undefined && (
        <RuleDialog id={asked.policyId} rule={asked.rule} waits={false} onClose={() => setAsked(undefined)} />
      )}
    </Page>
  );
}

function Searching() {
  return (
    <span className="flex items-center gap-2">
      <Spinner /> Searching…
    </span>
  );
}

function Nothing({ filtered, onShowAll }: { filtered: boolean; onShowAll: () => void }) {
  return filtered ? (
    <EmptyState
      icon={<ScrollText />}
      title="No call matches"
      action={<Button onClick={onShowAll}>Show all calls</Button>}
    >
      Search for less, or for another time.
    </EmptyState>
  ) : (
    <EmptyState icon={<ScrollText />} title="No call yet">
      Once a client calls a tool, the call stands here: who made it, with what, who decided, and what came of
      it.
    </EmptyState>
  );
}
