import { Check, X } from 'lucide-react';
import { useState } from 'react';
import { Checkbox } from '../checkbox.tsx';
import { Chip } from '../chip.tsx';
import { ClientSelect } from '../client-select.tsx';
import { Field, TextArea, TextInput } from '../field.tsx';
import { SearchInput } from '../search-input.tsx';
import { Segmented } from '../segmented.tsx';
import { Select } from '../select.tsx';
import { Switch } from '../switch.tsx';
import { TimeOfDay } from '../time-of-day.tsx';
import { Group, Side, Specimen } from './specimen.tsx';

const SEGMENTS = [
  { id: 'allow', label: 'Allow', icon: <Check />, tone: 'accent' },
  { id: 'ask', label: 'Ask', tone: 'warn' },
  { id: 'deny', label: 'Deny', icon: <X />, tone: 'bad' },
  { id: 'custom', label: 'Custom' },
] as const;
const SHAPES = [
  { value: '16:9', label: '16:9' },
  { value: '9:16', label: '9:16' },
  { value: '21:9', label: '21:9 (not offered here)', disabled: true },
] as const;

type Shape = (typeof SHAPES)[number]['value'];

/** What is typed and chosen. */
export function Inputs() {
  const [shape, setShape] = useState<Shape>('16:9');
  const [time, setTime] = useState('09:00');
  const [checked, setChecked] = useState(true);
  const [on, setOn] = useState(true);
  return (
    <Group title="Inputs">
      <div className="grid grid-cols-2 gap-6 max-sm:grid-cols-1">
        <Specimen title="Field with one line of text">
          <Field label="Label" hint="What it is called in questions and in the log.">
            <TextInput placeholder="For example: Cursor at work" />
          </Field>
          <Field label="Address" error="Enter the whole address, starting with https:// or http://.">
            <TextInput mono defaultValue="luma" />
          </Field>
          <Field label="Token">
            <TextInput mono type="password" defaultValue="0123456789" />
          </Field>
          <Field label="Not to be changed">
            <TextInput disabled defaultValue="4747" />
          </Field>
        </Specimen>
        <Specimen title="Field with several lines, or a choice">
          <Field label="Reason" hint="The agent reads it.">
            <TextArea defaultValue="We have enough of these." />
          </Field>
          <Field label="The same as JSON" error="This is not valid JSON (yet).">
            <TextArea mono defaultValue={'{ "loop": tru'} />
          </Field>
          <Field label="Shape">
            <Select value={shape} options={SHAPES} onChange={setShape} />
          </Field>
          <Field label="Shape, small">
            <Select size="small" value={shape} options={SHAPES} onChange={setShape} />
          </Field>
          <Field label="Shape, not to be changed">
            <Select disabled value={shape} options={SHAPES} onChange={setShape} />
          </Field>
        </Specimen>
        <Specimen title="TimeOfDay">
          <TimeOfDay label="From" time={time} onTime={setTime} />
        </Specimen>
        <Specimen title="Checkbox">
          <Checkbox
            label="Take over the way to Luma"
            hint="Its token moves to the keyring."
            checked={checked}
            onChange={setChecked}
          />
          <Checkbox label="Not checked" checked={!checked} onChange={(value) => setChecked(!value)} />
          <Checkbox label="Off" off checked onChange={setChecked} />
        </Specimen>
        <Specimen title="Switch">
          <Switch label="Notify me" hint="When a call waits." checked={on} onChange={setOn} />
          <Switch label="The other way round" checked={!on} onChange={(value) => setOn(!value)} />
          <Switch label="Off" off checked onChange={setOn} />
        </Specimen>
      </div>
      <Specimen title="Segmented">
        {SEGMENTS.map(({ id, label }) => (
          <Chosen key={id} first={id} label={label} />
        ))}
        <Side>
          <Segmented label="Off" off segments={SEGMENTS} chosen="allow" onChoose={() => undefined} />
        </Side>
      </Specimen>
      <Specimen title="SearchInput, ClientSelect and Chip">
        <Side>
          <SearchInput label="Search the things" text="" onText={() => undefined} />
          <ClientSelect
            clients={[{ id: 'c', label: 'Cursor', revokedAt: undefined }]}
            chosen="c"
            onChoose={() => undefined}
          />
          <Chip label="Show every day" onRemove={() => undefined}>
            Nov 22
          </Chip>
        </Side>
      </Specimen>
    </Group>
  );
}

function Chosen({ first, label }: { first: (typeof SEGMENTS)[number]['id']; label: string }) {
  const [chosen, setChosen] = useState(first);
  return (
    <Side>
      <Segmented label={label} segments={SEGMENTS} chosen={chosen} onChoose={setChosen} />
      <Segmented
        label={`${label}, small`}
        size="small"
        segments={SEGMENTS}
        chosen={chosen}
        onChoose={setChosen}
      />
    </Side>
  );
}
