import { X } from 'lucide-react';
import { useState } from 'react';
import { type Outcome, type Would, would } from '../../shared/contract.ts';
import { lumaTools } from '../../shared/luma.ts';
import { LUMA } from '../../shared/server-id.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { ClientSelect } from '../design/client-select.tsx';
import { TextInput } from '../design/field.tsx';
import { SearchInput } from '../design/search-input.tsx';
import { type Option, Select, withChosen } from '../design/select.tsx';
import { ServerSelect, useEveryServer } from '../design/server-name.tsx';
import { useToolLabel } from '../design/tool-name.tsx';
import { useMethod, useMethods } from '../store/use-method.ts';
import { wouldWords } from '../text/words.ts';
import { LAST_SPANS, type LastSpan, type LogFilter, type TimeSpan } from './filter.ts';
import { LAST_WORDS, OUTCOMES } from './words.ts';

interface FiltersProps {
  filter: LogFilter;
  onChange: (filter: LogFilter) => void;
}

/** Which part of the log is shown. */
export function Filters({ filter, onChange }: FiltersProps) {
  const clients = useMethod('clients.list', {}, { refetchOn: ['clients'] }).data?.clients ?? [];
  const tools = useTools(filter.server);
  const set = (change: { [K in keyof LogFilter]: LogFilter[K] | undefined }) =>
    onChange(Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, value]) => value)));

  return (
    <search className="flex flex-wrap items-center gap-2" aria-label="Filter the log">
      <SearchInput
        label="Search the log"
        text={filter.text ?? ''}
        onText={(text) => set({ text: text.trim() === '' ? undefined : text })}
      />
      <ClientSelect clients={clients} chosen={filter.client} onChoose={(client) => set({ client })} />
      <ServerSelect
        chosen={filter.server}
        onChoose={(server) => set({ server, ...(server !== filter.server && { tool: undefined }) })}
      />
      <Select
        aria-label="Tool"
        className="max-w-48"
        value={filter.tool ?? ''}
        onChange={(tool) => set({ tool: tool || undefined })}
        options={withChosen([{ value: '', label: 'Every tool' }, ...tools], filter.tool ?? '')}
      />
      <Select<Outcome | ''>
        aria-label="Outcome"
        value={filter.outcome ?? ''}
        onChange={(outcome) => set({ outcome: outcome || undefined })}
        options={[{ value: '', label: 'Every outcome' }, ...OUTCOMES]}
      />
      {(filter.watched !== undefined ||
        clients.some(({ watchedPolicyId }) => watchedPolicyId !== undefined)) && (
        <Select<Would | ''>
          aria-label="Watched policy"
          className="max-w-48"
          value={filter.watched ?? ''}
          onChange={(watched) => set({ watched: watched || undefined })}
          options={[
            { value: '', label: 'Watched or not' },
            ...would.options.map((value) => ({
              value,
              label: `Watched: ${wouldWords(value).text.toLowerCase()}`,
            })),
          ]}
        />
      )}
      <TimeFilter time={filter.time} onTime={(time) => set({ time })} />
      {filter.task !== undefined && (
        <VideoChip task={filter.task} onRemove={() => set({ task: undefined })} />
      )}
      {Object.keys(filter).length > 0 && (
        <Button look="quiet" icon={<X />} onClick={() => onChange({})}>
          Show all
        </Button>
      )}
    </search>
  );
}

/** The tools of the server `chosen`, or of every one; none of one that is gone. */
function useTools(chosen: string | undefined): Option<string>[] {
  const label = useToolLabel();
  const servers = useEveryServer()
    .map(({ id }) => id)
    .filter((id) => chosen === undefined || id === chosen);
  const offered = useMethods(
    'upstream.tools',
    servers.map((server) => ({ server })),
    { refetchOn: ['upstream'] },
  ).data;
  const labels = new Map<string, string>();
  for (const [at, server] of servers.entries())
    for (const { name } of [...(server === LUMA ? lumaTools : []), ...(offered?.[at]?.tools ?? [])])
      if (!labels.has(name)) labels.set(name, label(name, server));
  return [...labels].map(([value, words]) => ({ value, label: words }));
}

/** The calls of one video, by what it shows. */
function VideoChip({ task, onRemove }: { task: string; onRemove: () => void }) {
  const prompt = useMethod('videos.list', { text: task, limit: 1 }).data?.videos[0]?.prompt;
  return (
    <Chip label="Show the calls of every video" onRemove={onRemove}>
      {prompt === undefined ? (
        'The calls of one video'
      ) : (
        <>
          Calls of <AgentText text={prompt} brief limit={40} />
        </>
      )}
    </Chip>
  );
}

type TimeChoice = LastSpan | 'any' | 'between';

function TimeFilter({
  time,
  onTime,
}: {
  time: TimeSpan | undefined;
  onTime: (time: TimeSpan | undefined) => void;
}) {
  const [between, setBetween] = useState(time !== undefined && !('last' in time));
  const days = time === undefined || 'last' in time ? {} : time;
  const choice: TimeChoice =
    between || 'from' in days || 'to' in days ? 'between' : time && 'last' in time ? time.last : 'any';

  function choose(chosen: TimeChoice): void {
    setBetween(chosen === 'between');
    if (chosen === 'any') onTime(undefined);
    else if (chosen !== 'between') onTime({ last: chosen });
    else onTime(undefined);
  }

  const setDay = (name: 'from' | 'to', day: string) => {
    const { [name]: _old, ...other } = days;
    const next = { ...other, ...(day !== '' && { [name]: day }) };
    onTime(Object.keys(next).length === 0 ? undefined : next);
  };

  return (
    <>
      <Select<TimeChoice>
        aria-label="Time"
        value={choice}
        onChange={choose}
        options={[
          { value: 'any', label: 'Any time' },
          ...(Object.keys(LAST_SPANS) as LastSpan[]).map((span) => ({
            value: span,
            label: LAST_WORDS[span],
          })),
          { value: 'between', label: 'Between two days' },
        ]}
      />
      {choice === 'between' && (
        <span className="flex items-center gap-2">
          <TextInput
            type="date"
            aria-label="From this day"
            className="w-36"
            value={days.from ?? ''}
            max={days.to}
            onChange={(event) => setDay('from', event.target.value)}
          />
          <span className="text-muted">to</span>
          <TextInput
            type="date"
            aria-label="To this day"
            className="w-36"
            value={days.to ?? ''}
            min={days.from}
            onChange={(event) => setDay('to', event.target.value)}
          />
        </span>
      )}
    </>
  );
}
