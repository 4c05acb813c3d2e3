import { X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { ClientSelect } from '../design/client-select.tsx';
import { TextInput } from '../design/field.tsx';
import { SearchInput } from '../design/search-input.tsx';
import { Select } from '../design/select.tsx';
import { ServerSelect } from '../design/server-name.tsx';
import { useMethod } from '../store/use-method.ts';
import { dayWords } from './days.ts';
import { leastCost, type VideoFilter } from './filter.ts';

interface FiltersProps {
  filter: VideoFilter;
  costUnit: string;
  onChange: (filter: VideoFilter) => void;
}

/** Which videos are shown, and in which order. */
export function Filters({ filter, costUnit, onChange }: FiltersProps) {
  const clients = useMethod('clients.list', {}, { refetchOn: ['clients'] }).data?.clients ?? [];
  const set = (change: { [K in keyof VideoFilter]: VideoFilter[K] | undefined }) =>
    onChange(Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, value]) => value)));
  return (
    <search className="flex flex-wrap items-center gap-2" aria-label="Filter the videos">
      <SearchInput
        label="Search the videos"
        text={filter.text ?? ''}
        onText={(text) => set({ text: text.trim() === '' ? undefined : text })}
      />
      <ClientSelect clients={clients} chosen={filter.client} onChoose={(client) => set({ client })} />
      <ServerSelect chosen={filter.server} onChoose={(server) => set({ server })} />
      <CostInput
        key={filter.cost ?? ''}
        cost={filter.cost ?? ''}
        costUnit={costUnit}
        onCost={(cost) => set({ cost })}
      />
      <Select
        aria-label="Order"
        value={filter.sort ?? 'newest'}
        onChange={(sort) => set({ sort: sort === 'dearest' ? 'dearest' : undefined })}
        options={[
          { value: 'newest', label: 'Newest first' },
          { value: 'dearest', label: 'Dearest first' },
        ]}
      />
      {filter.day !== undefined && (
        <Chip label="Show every day" onRemove={() => set({ day: undefined })}>
          {dayWords(filter.day)}
        </Chip>
      )}
      {Object.keys(filter).length > 0 && (
        <Button look="quiet" icon={<X />} onClick={() => onChange({})}>
          Show all
        </Button>
      )}
    </search>
  );
}

/** The least that a video cost; counts once the field is left, or with Enter. */
function CostInput({
  cost,
  costUnit,
  onCost,
}: {
  cost: string;
  costUnit: string;
  onCost: (cost: string | undefined) => void;
}) {
  const [typed, setTyped] = useState(cost);
  const wrong = typed.trim() !== '' && leastCost(typed) === undefined;
  const say = () => {
    if (!wrong && typed.trim() !== cost) onCost(typed.trim() || undefined);
  };
  return (
    <span className="w-24">
      <TextInput
        aria-label={`Costs at least, in ${costUnit}`}
        aria-invalid={wrong || undefined}
        title={wrong ? 'Enter an amount, such as 0.40.' : undefined}
        placeholder={`From ${costUnit}`}
        inputMode="decimal"
        maxLength={12}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={say}
        onKeyDown={(event) => {
          if (event.key === 'Enter') say();
        }}
      />
    </span>
  );
}
