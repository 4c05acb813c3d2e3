import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState, Spinner } from '../design/states.tsx';
import { useMethod } from '../store/use-method.ts';
import { markedText } from '../text/visible.ts';

/** A button, and behind it what a report of a problem needs: to be read before it is copied. */
export function Diagnostics() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        Copy diagnostics…
      </Button>
      {open && <DiagnosticsDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function DiagnosticsDialog({ onClose }: { onClose: () => void }) {
  const { data, error } = useMethod('diagnostics.get', {});
  return (
    <Dialog
      title="Diagnostics"
      description="What a report of a problem needs. There are no tokens, addresses or prompts in it; look through it all the same before you share it."
      size="medium"
      onClose={onClose}
      footer={data && <CopyButton text={data.text} label="Copy the diagnostics" />}
    >
      {error !== undefined ? (
        <ErrorState message={error} />
      ) : data === undefined ? (
        <Spinner />
      ) : (
        <section
          // It scrolls, so the keyboard must reach it.
          // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
          tabIndex={0}
          data-autofocus
          aria-label="The diagnostics"
          className="hostile max-h-[50dvh] overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[13px] whitespace-pre-wrap"
        >
          {markedText(data.text)}
        </section>
      )}
    </Dialog>
  );
}
