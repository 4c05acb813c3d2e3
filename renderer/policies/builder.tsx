import { useRef, useState } from 'react';
import type { Tool } from '../../shared/contract.ts';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { objectOf, ruleAt, setField } from '../../shared/policy/edit.ts';
import { hourly, stillHourly } from '../../shared/policy/index.ts';
import { type Choice, defaultChoice, hiddenNames, outcomeOf } from '../../shared/policy/outcome.ts';
import { LUMA } from '../../shared/server-id.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Field, TextArea } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Categories } from './categories.tsx';
import { setHidden, setToolOutcome } from './document.ts';
import { serverOf } from './for-server.ts';
import { Recipes } from './recipes.tsx';
import { RulePanel } from './rule-panel.tsx';
import { argumentNames, toolGroups } from './tool-groups.ts';
import { ToolRow } from './tool-row.tsx';
import { ruleWords } from './words.ts';

export interface BuilderProps {
  document: Json;
  /** What the upstream offers; undefined when that is not known. */
  tools: readonly Tool[] | undefined;
  costUnit: string;
  onChange: (document: Json) => void;
  /** What is wrong with the part at a pointer, or inside it. */
  errorAt: (pointer: string) => string | undefined;
  /** Shows a place in the JSON. */
  onShow: (pointer: string) => void;
}

/** The policy as a table of tools: the same document as the JSON beside it. */
export function Builder(props: BuilderProps) {
  const { document, tools, costUnit, onChange, errorAt, onShow } = props;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  /** The tool at which the keyboard was last: of the whole list, Tab stops at it alone. */
  const [reached, setReached] = useState<string>();
  /** The last rule with conditions of each tool: Custom brings it back. */
  const remembered = useRef(new Map<string, JsonObject>());
  const root = objectOf(document);
  if (!isJsonObject(document) || !isJsonObject(ownMember(root, 'tools') ?? {})) {
    return <Banner tone="warn">The JSON is no policy the builder can show. Mend it there first.</Banner>;
  }
  const groups = toolGroups(document, tools);
  // What a recipe limits is no condition of the tool's own: it is above.
  const bare = hourly.recognise(document).kind === 'on' ? hourly.apply(document, undefined) : document;
  const names = groups.flatMap(({ tools: rows }) => rows.map(({ name }) => name));
  const stop = reached !== undefined && names.includes(reached) ? reached : names[0];

  function show(name: string, shown: boolean): void {
    const next = new Set(open);
    if (shown) next.add(name);
    else next.delete(name);
    setOpen(next);
  }

  function choose(name: string, choice: Choice): void {
    const known = tools?.find((tool) => tool.name === name);
    const before = outcomeOf(bare, name, known?.category);
    const rule = ruleAt(document, { tool: name });
    if (before.choice === 'custom' && rule !== undefined) remembered.current.set(name, rule);
    show(name, choice === 'custom');
    if (choice === before.choice) return;
    const plain = before.choice === 'allow' || before.choice === 'ask';
    const next = setToolOutcome(document, name, choice, plain ? remembered.current.get(name) : undefined);
    onChange(stillHourly(document, next, name));
  }

  return (
    <div className="@container flex flex-col gap-5">
      <General document={document} onChange={onChange} />
      {/* They speak of Luma's tools. */}
      {serverOf(document) === LUMA && (
        <Recipes document={document} costUnit={costUnit} onChange={onChange} onShow={onShow} />
      )}
      <Categories {...props} />
      {groups.length > 0 && (
        <p className="-mb-2 px-1 text-[13px] text-muted max-sm:hidden">
          Tab stops at one tool; ↑ ↓ on its name go to the others
        </p>
      )}
      {groups.map(({ title, note, tools: rows }) => (
        <section key={`${title} ${note}`} aria-label={`${title}, ${note}`}>
          <div className="mb-2 flex items-baseline justify-between gap-3 px-1">
            <h2 className="font-semibold">
              {title} <span className="font-normal text-muted">· {note}</span>
            </h2>
            <span className="text-xs text-muted">Cost{costUnit === '' ? '' : ` (${costUnit})`}</span>
          </div>
          <ul className="rounded-xl border border-line bg-surface">
            {rows.map(({ name, known }) => (
              <ToolRow
                key={name}
                document={document}
                outcome={outcomeOf(bare, name, known?.category)}
                name={name}
                known={known}
                open={open.has(name)}
                stop={name === stop}
                onReach={() => setReached(name)}
                onOpen={(shown) => show(name, shown)}
                onChoose={(choice) => choose(name, choice)}
                onChange={onChange}
                errorAt={errorAt}
                onShow={onShow}
              />
            ))}
          </ul>
        </section>
      ))}
      <EveryTool {...props} />
    </div>
  );
}

const DEFAULTS = [
  { id: 'allow', label: 'Allow', tone: 'accent' },
  { id: 'ask', label: 'Ask', tone: 'warn' },
  { id: 'deny', label: 'Deny', tone: 'bad' },
] as const;

/** What concerns the whole policy. */
function General({ document, onChange }: Pick<BuilderProps, 'document' | 'onChange'>) {
  const description = ownMember(objectOf(document), 'description');
  const hidesAll = hiddenNames(document).includes('*');
  return (
    <div className="flex flex-col gap-4">
      <Field label="Description">
        <TextArea
          rows={2}
          className="field-sizing-content max-h-32 min-h-9"
          value={typeof description === 'string' ? description : ''}
          onChange={({ target: { value } }) =>
            onChange(setField(document, 'description', value === '' ? undefined : value))
          }
        />
      </Field>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-medium">Tools not listed</span>
          <Segmented
            label="What happens to tools that are not listed"
            size="small"
            segments={DEFAULTS}
            chosen={defaultChoice(document)}
            onChoose={(choice) =>
              onChange(setField(document, 'default', choice === 'ask' ? 'require_approval' : choice))
            }
          />
        </div>
        {!hidesAll && (
          <Button size="small" look="quiet" onClick={() => onChange(setHidden(document, '*', true))}>
            Hide every tool
          </Button>
        )}
      </div>
      {hidesAll && (
        <Banner
          tone="warn"
          action={
            <Button size="small" onClick={() => onChange(setHidden(document, '*', false))}>
              Show them
            </Button>
          }
        >
          Every tool is hidden: agents see an empty list, whatever the rules say.
        </Banner>
      )}
    </div>
  );
}

/** The rule that concerns every call, before the tool's own. */
function EveryTool({ document, tools, onChange, errorAt, onShow }: BuilderProps) {
  const clauses = ruleWords(ruleAt(document, 'all_tools'));
  const names = [...new Set((tools ?? []).flatMap(argumentNames))];
  return (
    <Card title="Every tool">
      <p className="mb-4 text-[13px] text-muted">
        {clauses.length === 0 ? (
          'Nothing concerns every tool yet. What stands here is judged before a tool’s own rule.'
        ) : (
          <>
            Each call is: <AgentText text={clauses.join('; ')} brief limit={1000} />. Judged before the tool’s
            own rule.
          </>
        )}
      </p>
      <RulePanel
        document={document}
        place="all_tools"
        names={names}
        numbers={[]}
        onChange={onChange}
        errorAt={errorAt}
        onShow={onShow}
      />
    </Card>
  );
}
