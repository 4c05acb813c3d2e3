import { useState } from 'react';
import { Card } from '../design/card.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { Field } from '../design/field.tsx';
import { useLoaded } from '../store/use-live.ts';
import { portNumber } from './numbers.ts';
import { SavedInput } from './saved-input.tsx';
import { useSetting } from './use-setting.ts';

type Port = 'mcp' | 'ui';

/** Where clients connect, and on which ports Greenlight listens from its next start on. */
export function Listening() {
  const { mcpUrl, host } = useLoaded().state;
  const { value, save, error } = useSetting('ports');
  const [errors, setErrors] = useState<Partial<Record<Port, string | undefined>>>({});

  function savePort(port: Port, text: string): void {
    const read = portNumber(text, value[port === 'mcp' ? 'ui' : 'mcp']);
    setErrors((old) => ({ ...old, [port]: 'error' in read ? read.error : undefined }));
    if ('value' in read)
      save({ [port]: read.value }, 'The port is saved. It counts when Greenlight starts the next time.');
  }

  return (
    <Card title="Addresses">
      <div className="flex flex-col gap-5">
        <div className="flex items-center justify-between gap-4">
          <div className="min-w-0">
            <p className="font-medium">MCP address</p>
            <p className="hostile font-mono text-[13px]">{mcpUrl}</p>
          </div>
          <CopyButton text={mcpUrl} label="Copy the MCP address" />
        </div>
        <Field
          label="Port for clients"
          error={errors.mcp ?? error}
          hint="Counts from the next start. Clients that are connected must then be connected again. 0 picks a free one."
        >
          <SavedInput
            inputMode="numeric"
            className="max-w-28"
            value={String(value.mcp)}
            onSave={(text) => savePort('mcp', text)}
          />
        </Field>
        {host === 'browser' && (
          <Field
            label="Port of this window"
            error={errors.ui}
            hint="Counts from the next start. 0 picks a free one."
          >
            <SavedInput
              inputMode="numeric"
              className="max-w-28"
              value={String(value.ui)}
              onSave={(text) => savePort('ui', text)}
            />
          </Field>
        )}
      </div>
    </Card>
  );
}
