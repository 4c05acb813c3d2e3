import { useMemo, useState } from 'react';
import type { Tool } from '../../shared/contract.ts';
import { formatDuration } from '../../shared/duration.ts';
import type { Json } from '../../shared/json.ts';
import type { CompiledPolicy, LimitDemand } from '../../shared/policy/index.ts';
import { ruleReason } from '../../shared/policy/rule-words.ts';
import { ArgumentForm } from '../arguments/argument-form.tsx';
import { useDraft } from '../arguments/use-draft.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Banner } from '../design/banner.tsx';
import { Field, TextArea } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Select } from '../design/select.tsx';
import { useToolLabel } from '../design/tool-name.tsx';
import { hostNow } from '../text/clock.ts';
import { costWords } from '../text/words.ts';
import { DecidedBy } from './decided-by.tsx';
import { exampleArguments, type Tried, tryCall } from './try-call.ts';
import { describeLimit } from './words.ts';

interface TryPaneProps {
  /** Ready to judge; undefined while the policy has mistakes. */
  policy: CompiledPolicy | undefined;
  tools: readonly Tool[] | undefined;
  /** The tools that only the policy names. */
  strangers: readonly string[];
  costUnit: string;
  onShow: (pointer: string) => void;
}

/** Tries a call against the policy as it is written now, saved or not. Nothing is sent anywhere. */
export function TryPane(props: TryPaneProps) {
  const { tools, strangers } = props;
  const names = [...(tools ?? []).map(({ name }) => name), ...strangers];
  const label = useToolLabel();
  const [chosen, setChosen] = useState<string>();
  // A call that spends is what the person wonders about.
  const first = tools?.find(({ category }) => category === 'spend')?.name ?? names[0];
  const tool = chosen !== undefined && names.includes(chosen) ? chosen : first;
  if (tool === undefined) {
    return <p className="text-muted">There is no tool to call: the upstream’s list is not known yet.</p>;
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto pr-1 pb-2">
      <Field label="Tool">
        <Select
          value={tool}
          options={names.map((name) => ({ value: name, label: label(name) }))}
          onChange={setChosen}
        />
      </Field>
      <TryTool key={tool} {...props} tool={tool} />
    </div>
  );
}

const VIEWS = [
  { id: 'form', label: 'Form' },
  { id: 'json', label: 'JSON' },
] as const;

function TryTool({ policy, tools, tool, costUnit, onShow }: TryPaneProps & { tool: string }) {
  const known = tools?.find(({ name }) => name === tool);
  const draft = useDraft(useMemo(() => (known ? exampleArguments(known.inputSchema) : {}), [known]));
  const [view, setView] = useState<'form' | 'json'>('form');
  const readable = draft.textProblem === undefined && draft.problems.size === 0;
  return (
    <>
      <section aria-label="What the policy says" aria-live="polite">
        {policy === undefined ? (
          <Banner tone="warn">The policy has mistakes. Mend them, then the call can be judged.</Banner>
        ) : readable ? (
          <Result
            tried={tryCall(policy, tool, draft.value, tools, hostNow())}
            document={policy.document as unknown as Json}
            costUnit={costUnit}
            onShow={onShow}
          />
        ) : (
          <Banner tone="warn">These are not arguments yet.</Banner>
        )}
      </section>
      <div className="flex items-center justify-between gap-3">
        <h2 className="font-semibold">Arguments</h2>
        <Segmented
          label="Write the arguments as"
          size="small"
          segments={VIEWS}
          chosen={view}
          onChoose={setView}
        />
      </div>
      {view === 'form' ? (
        <ArgumentForm
          schema={known?.inputSchema}
          value={draft.value}
          onChange={draft.setValue}
          problems={draft.problems}
          onProblem={draft.setProblem}
        />
      ) : (
        <Field label="Arguments as JSON" error={draft.textProblem}>
          <TextArea
            mono
            rows={10}
            value={draft.text}
            onChange={({ target }) => draft.setText(target.value)}
          />
        </Field>
      )}
    </>
  );
}

const OUTCOMES = {
  allow: { tone: 'good', words: 'Allowed' },
  ask: { tone: 'warn', words: 'You are asked' },
  deny: { tone: 'bad', words: 'Denied' },
  hide: { tone: 'quiet', words: 'Hidden: as if there were no such tool' },
} as const;

function Result({
  tried,
  document,
  costUnit,
  onShow,
}: {
  tried: Tried;
  document: Json;
  costUnit: string;
  onShow: (pointer: string) => void;
}) {
  const { tone, words } = OUTCOMES[tried.outcome];
  const reason = ruleReason(tried.rule, document);
  return (
    <div className="flex flex-col gap-3 rounded-xl border border-line bg-surface p-3">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={tone}>{words}</Badge>
        {tried.timeoutMs !== undefined && (
          <span className="text-[13px] text-muted">the question waits {formatDuration(tried.timeoutMs)}</span>
        )}
        {tried.cost !== undefined && (
          <span className="text-[13px] text-muted">costs {costWords(tried.cost, costUnit)}</span>
        )}
      </div>
      {reason !== undefined && (
        <p className="hostile">
          Because <AgentText text={reason} limit={400} />.
        </p>
      )}
      {tried.rule !== '' && <DecidedBy rule={tried.rule} onShow={onShow} />}
      {tried.message !== '' && (
        <p className="hostile">
          <span className="text-[13px] text-muted">
            {tried.outcome === 'ask' ? 'Why: ' : 'The agent is told: '}
          </span>
          <AgentText text={tried.message} limit={500} />
        </p>
      )}
      {tried.limits.length > 0 && <Demands demands={tried.limits} onShow={onShow} />}
    </div>
  );
}

/** The limits that this call would count against. How much is used already only the gate knows. */
function Demands({
  demands,
  onShow,
}: {
  demands: readonly LimitDemand[];
  onShow: (pointer: string) => void;
}) {
  return (
    <div>
      <p className="mb-1 text-[13px] font-medium">Counts against</p>
      <ul aria-label="Counts against" className="flex flex-col gap-1">
        {demands.map((demand) => (
          <li key={demand.rule}>
            <button
              type="button"
              onClick={() => onShow(demand.rule)}
              className="hostile w-full rounded-md py-1 text-left text-[13px] hover:bg-hover"
            >
              <span className="font-mono">
                <AgentText text={demand.counter} brief limit={100} />
              </span>{' '}
              <span className="text-muted">
                <AgentText
                  text={describeLimit({ ...demand, window: demand.windowMs / 1000 }) ?? ''}
                  brief
                  limit={200}
                />
                ; this call counts {demand.amount.toLocaleString('en')}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
