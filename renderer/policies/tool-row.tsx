import { ChevronDown, ChevronRight, TriangleAlert } from 'lucide-react';
import { type KeyboardEvent, useId } from 'react';
import type { Tool } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { ruleAt } from '../../shared/policy/edit.ts';
import { approvalOf, type Choice, outcomeOf, type ToolOutcome } from '../../shared/policy/outcome.ts';
import { pointer } from '../../shared/policy/paths.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Segmented } from '../design/segmented.tsx';
import { ToolName, useToolLabel } from '../design/tool-name.tsx';
import { CATEGORY_WORDS } from '../text/category-words.ts';
import { CHOICES } from './choices.ts';
import { CostFields } from './cost-fields.tsx';
import { costFromOf, costOf, effectOf, followDefault, forgetTool, setCost, withOwnRule } from './document.ts';
import { OptionalNumberInput } from './inputs.tsx';
import { RulePanel } from './rule-panel.tsx';
import { argumentNames, numberNames } from './tool-groups.ts';
import { ruleWords } from './words.ts';

interface ToolRowProps {
  document: Json;
  /** What is chosen for it. */
  outcome: ToolOutcome;
  name: string;
  /** What the upstream says of it; undefined when it does not offer it. */
  known: Tool | undefined;
  open: boolean;
  /** Whether Tab stops at it: at one tool of the list, from which the arrow keys lead to the others. */
  stop: boolean;
  onReach: () => void;
  onOpen: (open: boolean) => void;
  onChoose: (choice: Choice) => void;
  onChange: (document: Json) => void;
  errorAt: (pointer: string) => string | undefined;
  onShow: (pointer: string) => void;
}

/** One tool: what happens to its calls, and what they cost. It opens to the whole of its rule. */
export function ToolRow(props: ToolRowProps) {
  const { document, outcome, name, known, open, stop, onReach, onOpen, onChoose, onChange, errorAt, onShow } =
    props;
  const panelId = useId();
  const label = useToolLabel()(name);
  const { choice, because } = outcome;
  const plain = choice === 'allow' || choice === 'ask';
  // Custom was chosen, and what it says has yet to be written.
  const shown = open && plain && because === 'rule' ? 'custom' : choice;
  const wrong = ['tools', 'costs'].some((part) => errorAt(pointer(part, name)) !== undefined);
  return (
    <li className="border-t border-line first:border-0">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it hears that something in it has the focus. */}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-3 py-2" onFocus={onReach}>
        <button
          type="button"
          data-tool={name}
          tabIndex={stop ? 0 : -1}
          aria-keyshortcuts="ArrowUp ArrowDown Home End"
          aria-expanded={open}
          aria-controls={open ? panelId : undefined}
          onClick={() => onOpen(!open)}
          onKeyDown={goToTool}
          className="hostile flex min-w-0 flex-1 basis-60 items-start gap-1.5 rounded-md text-left hover:bg-hover"
        >
          <span className="mt-[3px] text-muted">{open ? <ChevronDown /> : <ChevronRight />}</span>
          <span className="min-w-0">
            <span className="block font-medium">
              <ToolName tool={name} />
              {wrong && (
                <span className="ml-1.5 inline-block align-[-3px] text-bad">
                  <TriangleAlert aria-label="has a mistake" />
                </span>
              )}
            </span>
            <span className="block text-[13px] text-muted">
              <AgentText text={summary(document, name, known?.category)} brief limit={240} />
            </span>
          </span>
        </button>
        <div className="flex grow flex-wrap items-center justify-between gap-3 @max-2xl:pl-5.5 @2xl:grow-0">
          <Segmented<Choice>
            label={`What happens to calls of ${label}`}
            size="small"
            segments={CHOICES}
            chosen={shown}
            off={because === 'hide all'}
            stop={stop}
            onChoose={onChoose}
          />
          {costFromOf(document, name) !== undefined ? (
            <Button
              size="small"
              look="quiet"
              title="The tool’s answer says what a call costs."
              aria-label={`in answer: what a call of ${label} costs`}
              aria-expanded={open}
              tabIndex={stop ? 0 : -1}
              onClick={() => onOpen(!open)}
            >
              in answer
            </Button>
          ) : (
            <OptionalNumberInput
              label={`Cost of one call of ${label}`}
              value={costOf(document, name)}
              onChange={(cost) => onChange(setCost(document, name, cost))}
              tabIndex={stop ? 0 : -1}
              className="w-16! px-2! text-right"
            />
          )}
        </div>
      </div>
      {open && (
        <div id={panelId} className="flex flex-col gap-5 px-4 pt-1 pb-4 @lg:pl-9">
          {known?.description !== undefined && (
            <p className="hostile text-[13px] text-muted">
              <AgentText text={known.description} limit={300} />
            </p>
          )}
          {because === 'hide all' || because === 'hide' ? (
            <p className="text-muted">
              The tool is left out of the agents’ tool lists. What its rule says counts again once it is
              shown.
            </p>
          ) : (
            <RulePanel
              document={withOwnRule(document, name, known?.category)}
              place={{ tool: name }}
              names={argumentNames(known)}
              numbers={numberNames(known)}
              onChange={onChange}
              errorAt={errorAt}
              onShow={onShow}
            />
          )}
          <CostFields document={document} tool={name} label={label} onChange={onChange} errorAt={errorAt} />
          <div className="flex flex-wrap gap-2">
            {known !== undefined && ruleAt(document, { tool: name }) !== undefined && (
              <Button size="small" onClick={() => onChange(followDefault(document, name))}>
                Follow the default instead
              </Button>
            )}
            {known === undefined && (
              <Button size="small" look="danger" onClick={() => onChange(forgetTool(document, name))}>
                Remove from the policy
              </Button>
            )}
          </div>
        </div>
      )}
    </li>
  );
}

/** From the name of one tool to that of another: there are many, each with several things to stop at. */
function goToTool(event: KeyboardEvent<HTMLElement>): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const names = [...window.document.querySelectorAll<HTMLElement>('[data-tool]')];
  const at = names.indexOf(event.currentTarget);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: names.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  names[to]?.focus();
}

/** What happens to the tool's calls, in a line. */
function summary(document: Json, name: string, category: Tool['category'] | undefined): string {
  const { choice, because } = outcomeOf(document, name, category);
  const rule = ruleAt(document, { tool: name });
  if (because === 'hide all') return 'Hidden with every other tool';
  if (choice === 'hide') return 'Hidden from agents';
  if (because === 'default') return 'Not listed: the default applies';
  if (because === 'category' && category !== undefined)
    return `Not listed: what holds for tools of its kind applies (${CATEGORY_WORDS[category].toLowerCase()})`;
  if (choice === 'deny') return typeof rule?.reason === 'string' ? `Denied: ${rule.reason}` : 'Always denied';
  const clauses = ruleWords(rule);
  if (choice === 'allow') {
    const asks = effectOf(document, name, category) === 'ask' ? 'Asks, as every tool does here' : 'Allowed';
    return [asks, ...clauses].join('; ');
  }
  // Between its conditions, a tool that never asks is allowed: that is worth saying.
  const words = approvalOf(rule).mode === 'never' && choice === 'custom' ? ['allowed', ...clauses] : clauses;
  const line = words.join('; ');
  return line.charAt(0).toUpperCase() + line.slice(1);
}
