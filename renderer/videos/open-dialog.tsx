import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { Dialog } from '../design/dialog.tsx';

interface OpenDialogProps {
  address: { href: string; host: string };
  onClose: () => void;
}

/** Shows where an address goes, and goes there only when the person says so. */
export function OpenDialog({ address: { href, host }, onClose }: OpenDialogProps) {
  return (
    <Dialog
      title={`Open ${host}?`}
      description="The upstream supplied this address. The page behind it sees your computer’s internet address."
      onClose={onClose}
      footer={
        <>
          <CopyButton text={href} label="Copy the address" />
          <Button data-autofocus onClick={onClose}>
            Cancel
          </Button>
          <Button
            look="primary"
            onClick={() => {
              window.open(href, '_blank', 'noopener,noreferrer');
              onClose();
            }}
          >
            Open it
          </Button>
        </>
      }
    >
      <p className="hostile rounded-lg border border-line bg-sunken px-3 py-2 font-mono text-[13px]">
        <AgentText text={href} />
      </p>
    </Dialog>
  );
}
