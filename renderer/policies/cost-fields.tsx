import { useState } from 'react';
import type { Json } from '../../shared/json.ts';
import { pointer } from '../../shared/policy/paths.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Select } from '../design/select.tsx';
import { costFromOf, costOf, setCost, setCostFrom } from './document.ts';
import { OptionalNumberInput, TextValueInput } from './inputs.tsx';

const SOURCES = [
  { value: 'fixed', label: 'is always the same' },
  { value: 'answer', label: 'is what the answer says' },
] as const;

interface CostFieldsProps {
  document: Json;
  tool: string;
  /** The tool's name for people. */
  label: string;
  onChange: (document: Json) => void;
  errorAt: (pointer: string) => string | undefined;
}

/** What a call costs: always the same, or what the tool's answer says, with the amount that is held meanwhile. */
export function CostFields({ document, tool, label, onChange, errorAt }: CostFieldsProps) {
  const [chosen, setChosen] = useState(false);
  const from = costFromOf(document, tool);
  const fixed = costOf(document, tool);
  // It was chosen, and the path has yet to be written: until then what the document says stands.
  const answer = from !== undefined || chosen;
  const held = from === undefined ? fixed : from.reserve;
  const error = errorAt(pointer('costs', tool));
  const set = (path: string, reserve: number | undefined) =>
    onChange(path === '' ? setCost(document, tool, reserve) : setCostFrom(document, tool, path, reserve));
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">Cost of a call</legend>
      <div className="flex flex-wrap items-center gap-1.5">
        <Select
          aria-label={`How the cost of ${label} is known`}
          size="small"
          value={answer ? 'answer' : 'fixed'}
          options={SOURCES}
          onChange={(next) => {
            setChosen(next === 'answer');
            if (next === 'fixed' && from !== undefined) onChange(setCost(document, tool, held));
          }}
        />
        <span>{answer ? 'at' : ''}</span>
        {answer && (
          <TextValueInput
            label={`Where the answer of ${label} says its cost`}
            mono
            empty={false}
            value={from?.path ?? ''}
            onChange={(path) => set(path.trim(), held)}
            placeholder="usage.total_usd"
            className="w-52!"
          />
        )}
        <span>{answer ? 'and meanwhile counts' : ''}</span>
        <OptionalNumberInput
          label={answer ? `What counts while ${label} runs` : `What a call of ${label} costs`}
          value={held}
          onChange={(cost) => set(from?.path ?? '', cost)}
          className="w-20!"
        />
      </div>
      {answer && (
        <p className="text-[13px] text-muted">
          A number in the structured content of the answer: member names separated by dots. Where there is
          none, what counted meanwhile stays.
        </p>
      )}
      <p role="alert" className="text-[13px] text-bad empty:hidden">
        {error !== undefined && <AgentText text={error} brief limit={400} />}
      </p>
    </fieldset>
  );
}
