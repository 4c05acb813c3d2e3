import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import type { PolicySummary } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { TextInput } from '../design/field.tsx';
import { BackLink } from '../design/page.tsx';
import { href, navigate } from '../navigation/route.ts';
import { markedText } from '../text/visible.ts';
import { type Draft, isNew } from './drafts.ts';
import { PolicyMenu } from './policy-menu.tsx';
import { ServerBadge } from './server-badge.tsx';
import { drafts } from './use-drafts.ts';
import { usePolicyActions } from './use-policy-actions.tsx';
import type { Save } from './use-save.ts';

interface EditorHeaderProps {
  draft: Draft;
  /** The server that it is for. */
  server: string;
  /** Absent on a policy that was never saved. */
  policy: PolicySummary | undefined;
  policies: readonly PolicySummary[];
  dirty: boolean;
  /** Whether it can be saved now. */
  ready: boolean;
  save: Save;
}

/** The policy's name, how it stands, and what can be done with it. */
export function EditorHeader({ draft, server, policy, policies, dirty, ready, save }: EditorHeaderProps) {
  const actions = usePolicyActions(policies);
  const [asking, setAsking] = useState(false);
  const fresh = isNew(draft);
  return (
    <header className="flex flex-col gap-2">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="relative flex min-w-0 flex-1 basis-64 flex-wrap items-center gap-x-2 gap-y-1 max-sm:pl-6">
          <BackLink href={href('policies')} label="All policies" />
          {fresh ? (
            <>
              <h1 className="sr-only">New policy: {markedText(draft.name)}</h1>
              <TextInput
                aria-label="Name of the policy"
                maxLength={100}
                value={draft.name}
                onChange={({ target }) => drafts.rename(draft.key, target.value)}
                className="max-w-96 font-semibold"
              />
            </>
          ) : (
            <h1 className="hostile text-[22px] leading-8 font-semibold tracking-[-0.015em]">
              <AgentText text={draft.name} brief limit={100} />
            </h1>
          )}
          <ServerBadge server={server} />
          {policy?.isDefault && <Badge tone="good">Default</Badge>}
          <span aria-live="polite">
            {fresh ? (
              <Badge tone="warn">Not saved yet</Badge>
            ) : (
              dirty && <Badge tone="warn">Unsaved changes</Badge>
            )}
          </span>
        </div>
        <div className="flex items-center gap-2">
          {dirty && (
            <Button icon={<Undo2 />} look="quiet" onClick={() => setAsking(true)}>
              Discard
            </Button>
          )}
          <Button
            look="primary"
            off={!ready || save.running || draft.name.trim() === ''}
            onClick={() => void save.run()}
          >
            Save
          </Button>
          {policy !== undefined && <PolicyMenu policy={policy} actions={actions} text={draft.text} />}
        </div>
      </div>
      {policy !== undefined && (
        <p role="status" className="hostile -mt-1 text-[13px] text-muted">
          {draft.saved ? 'Saved. ' : ''}Version {draft.base?.version ?? policy.version}, used by{' '}
          <AgentText
            text={policy.usedBy.length === 0 ? 'nobody' : policy.usedBy.join(', ')}
            brief
            limit={160}
          />
        </p>
      )}
      <p role="alert" className="text-bad empty:hidden">
        {save.error !== undefined && <AgentText text={save.error} brief limit={400} />}
      </p>
      {asking && (
        <ConfirmDialog
          title={fresh ? `Discard “${draft.name}”?` : 'Discard your changes?'}
          confirm="Discard"
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            drafts.discard(draft.key);
            if (fresh) navigate(href('policies'), { replace: true });
          }}
        >
          {fresh
            ? 'It was never saved, so nothing of it is left then.'
            : `The policy is shown as it is in force. What you changed since version ${draft.base?.version} is lost.`}
        </ConfirmDialog>
      )}
      {actions.dialog}
    </header>
  );
}
