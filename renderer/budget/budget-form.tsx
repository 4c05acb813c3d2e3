import { useEffect, useState } from 'react';
import type { Json, JsonObject } from '../../shared/json.ts';
import {
  type Budget,
  budgetOf,
  EXAMPLE_COST,
  isPriced,
  unpriced,
  withBudget,
} from '../../shared/policy/index.ts';
import { Button } from '../design/button.tsx';
import { Field, TextInput } from '../design/field.tsx';
import { Select } from '../design/select.tsx';
import { costWords, toolWords } from '../text/words.ts';

const ENDS = [
  { value: 'deny', label: 'deny' },
  { value: 'ask', label: 'ask me' },
] as const;

const MISTAKE = 'Enter an amount of more than 0, such as 5; leave it empty for no budget.';

interface BudgetFormProps {
  document: Json;
  costUnit: string;
  off?: boolean;
  /** What the button says; absent: there is none, and what is entered is in the document at once. */
  action?: string;
  /** Is handed the document with the budget in it. */
  onChange: (document: JsonObject) => void;
}

/** The daily budget of a policy: for all clients together, for each, and what becomes of calls at its end. */
export function BudgetForm({ document, costUnit, off = false, action, onChange }: BudgetFormProps) {
  const found = budgetOf(document);
  const known = JSON.stringify(found);
  const [all, setAll] = useState('');
  const [each, setEach] = useState('');
  const [atEnd, setAtEnd] = useState<Budget['atEnd']>('deny');
  const [wrong, setWrong] = useState<'all' | 'each'>();

  useEffect(() => {
    const budget = JSON.parse(known) as Budget | 'custom';
    if (budget === 'custom') return;
    setAll(budget.all === undefined ? '' : String(budget.all));
    setEach(budget.each === undefined ? '' : String(budget.each));
    setAtEnd(budget.atEnd);
    setWrong(undefined);
  }, [known]);

  if (found === 'custom') {
    return (
      <p>
        <span className="font-medium">Daily budget</span>{' '}
        <span className="text-muted">Custom: in the policy.</span>
      </p>
    );
  }
  const next = { all: amountOf(all), each: amountOf(each) };
  const changed =
    Number.isNaN(next.all) ||
    Number.isNaN(next.each) ||
    next.all !== found.all ||
    next.each !== found.each ||
    ((next.all ?? next.each) !== undefined && atEnd !== found.atEnd);

  function save(): void {
    const mistake = Number.isNaN(next.all) ? 'all' : Number.isNaN(next.each) ? 'each' : undefined;
    setWrong(mistake);
    if (mistake === undefined && changed && !off) onChange(withBudget(document, { ...next, atEnd }));
  }

  function enter(part: Partial<Budget>): void {
    const entered = { ...next, atEnd, ...part };
    const { all: whole = 0, each: own = 0 } = entered;
    if (action === undefined && whole + own > 0) onChange(withBudget(document, entered));
  }

  /** An amount on its way to another one may be empty: it is no budget once the field is left. */
  const left = action === undefined ? save : undefined;

  const uncounted = unpriced(document).map((tool) => toolWords(tool) ?? tool);
  const unit = costUnit === '' ? '' : ` (${costUnit})`;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      className="flex flex-col gap-2"
    >
      <div className={`flex flex-wrap gap-x-3 gap-y-2 ${wrong === undefined ? 'items-end' : 'items-start'}`}>
        <Field label={`Daily budget${unit}`} error={wrong === 'all' ? MISTAKE : undefined} className="w-36">
          <TextInput
            inputMode="decimal"
            placeholder="none"
            value={all}
            onChange={({ target: { value } }) => {
              setAll(value);
              if (amountOf(value) !== undefined) enter({ all: amountOf(value) });
            }}
            onBlur={left}
          />
        </Field>
        <Field label={`Each client${unit}`} error={wrong === 'each' ? MISTAKE : undefined} className="w-36">
          <TextInput
            inputMode="decimal"
            placeholder="none"
            value={each}
            onChange={({ target: { value } }) => {
              setEach(value);
              if (amountOf(value) !== undefined) enter({ each: amountOf(value) });
            }}
            onBlur={left}
          />
        </Field>
        <Field label="At its end" className="w-32">
          <Select
            value={atEnd}
            options={ENDS}
            onChange={(end) => {
              setAtEnd(end);
              enter({ atEnd: end });
            }}
          />
        </Field>
        {action !== undefined && (
          <Button type="submit" off={off || !changed}>
            {action}
          </Button>
        )}
      </div>
      <p className="text-[13px] text-muted">
        In any 24 hours; the first is for all clients together. At its end calls that cost are denied, or you
        are asked.
        {!isPriced(document) &&
          ` The policy says of no tool what it costs: each video will count ${costWords(EXAMPLE_COST, costUnit)}, which you can change there.`}
      </p>
      {(found.all ?? found.each) !== undefined && uncounted.length > 0 && (
        <p className="text-[13px] text-warn">
          {uncounted.join(', ')}: without a cost in the policy, so not counted.
        </p>
      )}
    </form>
  );
}

/** NaN: it is no amount. */
function amountOf(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/^\p{Sc}\s*/u, '')
    .replace(/^(\d+),(\d{1,2})$/, '$1.$2');
  if (plain === '') return undefined;
  const amount = /^\d{1,9}(\.\d{1,4})?$/.test(plain) ? Number(plain) : Number.NaN;
  return amount > 0 ? amount : Number.NaN;
}
