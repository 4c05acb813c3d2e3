import { useState } from 'react';
import { Button } from '../button.tsx';
import { ConfirmDialog } from '../confirm-dialog.tsx';
import { Dialog } from '../dialog.tsx';
import { Field, TextInput } from '../field.tsx';
import { OpenDialog } from '../open-dialog.tsx';
import { RenameDialog } from '../rename-dialog.tsx';
import { Group, Side, Specimen } from './specimen.tsx';

const SIZES = ['small', 'medium', 'large'] as const;

/** How the answer to a question ends: at once, with an error, or not yet. */
const ENDS = {
  done: () => Promise.resolve(),
  failed: () => Promise.reject(new Error('Greenlight does not answer. Start it again, then retry.')),
  waiting: () => new Promise<void>(() => undefined),
} as const;

/** What stands in front of everything else until it is answered. */
export function Dialogs() {
  const [size, setSize] = useState<(typeof SIZES)[number]>();
  const [address, setAddress] = useState(false);
  const [renaming, setRenaming] = useState(false);
  const [end, setEnd] = useState<keyof typeof ENDS>();
  return (
    <Group title="Dialogs">
      <Specimen title="Dialog">
        <Side>
          {SIZES.map((each) => (
            <Button key={each} onClick={() => setSize(each)}>
              Open a {each} dialog
            </Button>
          ))}
        </Side>
      </Specimen>
      <Specimen title="Question before something destructive">
        <Side>
          <Button onClick={() => setEnd('done')}>Ask</Button>
          <Button onClick={() => setEnd('failed')}>Ask, and fail</Button>
          <Button onClick={() => setEnd('waiting')}>Ask, and wait</Button>
        </Side>
      </Specimen>
      <Specimen title="Question before leaving for another page">
        <Side>
          <Button onClick={() => setAddress(true)}>Open an address</Button>
        </Side>
      </Specimen>
      <Specimen title="Question for another name">
        <Side>
          <Button onClick={() => setRenaming(true)}>Rename</Button>
        </Side>
      </Specimen>
      {renaming && (
        <RenameDialog
          what="client"
          label="Label"
          hint="What it is called in questions and in the log."
          longest={100}
          name="Cursor"
          rename={(name) => Promise.resolve(name)}
          running={false}
          error={undefined}
          onClose={() => setRenaming(false)}
        />
      )}
      {address && (
        <OpenDialog
          address={{ href: 'https://cdn.example.com/videos/1.mp4', host: 'cdn.example.com' }}
          onClose={() => setAddress(false)}
        />
      )}
      {size !== undefined && (
        <Dialog
          title={`A ${size} dialog`}
          description="One sentence, read out with the title."
          size={size}
          onClose={() => setSize(undefined)}
          footer={
            <>
              <Button onClick={() => setSize(undefined)}>Cancel</Button>
              <Button look="primary" onClick={() => setSize(undefined)}>
                Create
              </Button>
            </>
          }
        >
          <Field label="Label" hint="It has the focus first.">
            <TextInput />
          </Field>
        </Dialog>
      )}
      {end !== undefined && (
        <ConfirmDialog
          title="Revoke Cursor?"
          confirm="Revoke"
          onConfirm={ENDS[end]}
          onClose={() => setEnd(undefined)}
        >
          Its token stops working at once. This cannot be undone.
        </ConfirmDialog>
      )}
    </Group>
  );
}
