import { AgentText } from './agent-text.tsx';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';

interface OpenDialogProps {
  address: { href: string; host: string };
  title?: string;
  description?: string;
  onClose: () => void;
}

/** Shows where an address goes, and goes there only when the person says so. */
export function OpenDialog({
  address: { href, host },
  title = `Open ${host}?`,
  description = 'The upstream supplied this address. The page behind it sees your computer’s internet address.',
  onClose,
}: OpenDialogProps) {
  return (
    <Dialog
      title={title}
      description={description}
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
