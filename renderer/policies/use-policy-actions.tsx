import { type ReactNode, useState } from 'react';
import type { PolicySummary } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { freeName } from '../../shared/policy/edit.ts';
import { useToast } from '../design/toast.tsx';
import { href, navigate } from '../navigation/route.ts';
import { useTransport } from '../store/use-live.ts';
import { errorWords } from '../text/error-words.ts';
import { DeleteDialog, RenameDialog } from './dialogs.tsx';
import { downloadPolicy } from './export.ts';
import { textOf } from './json-text.ts';

import { drafts } from './use-drafts.ts';

export interface PolicyActions {
  makeDefault: (policy: PolicySummary) => void;
  rename: (policy: PolicySummary) => void;
  /** Opens a copy; with `text` of what is written now, else of what is in force. */
  duplicate: (policy: PolicySummary, text?: string) => void;
  exportFile: (policy: PolicySummary, text?: string) => void;
  remove: (policy: PolicySummary) => void;
  /** The question that is open, if any. */
  dialog: ReactNode;
}

/** What can be done with a policy as a whole, from the list and from the editor. */
export function usePolicyActions(policies: readonly PolicySummary[]): PolicyActions {
  const transport = useTransport();
  const toast = useToast();
  const [asking, setAsking] = useState<{ what: 'rename' | 'delete'; policy: PolicySummary }>();
  const close = () => setAsking(undefined);

  /** Does something and says, when it fails, why. */
  function attempt(action: () => Promise<void>): void {
    action().catch((failed: unknown) => toast({ text: errorWords(failed), tone: 'bad' }));
  }

  async function textInForce(id: string): Promise<string> {
    const { document } = await transport.call('policies.get', { id });
    return textOf(document);
  }

  return {
    makeDefault: (policy) =>
      attempt(async () => {
        const { server: id } = policy;
        const { servers } = await transport.call('servers.list', {});
        const before = servers.find((server) => server.id === id)?.policyId;
        await transport.call('servers.update', { id, policyId: policy.id });
        toast({
          text: `“${policy.name}” is the default now.`,
          ...(before !== undefined && {
            onUndo: () =>
              attempt(async () => void (await transport.call('servers.update', { id, policyId: before }))),
          }),
        });
      }),
    rename: (policy) => setAsking({ what: 'rename', policy }),
    remove: (policy) => setAsking({ what: 'delete', policy }),
    duplicate: (policy, text) =>
      attempt(async () => {
        const names = [...policies, ...drafts.all()].map(({ name }) => name);
        const key = drafts.create(
          freeName(`${policy.name} (copy)`, names),
          text ?? (await textInForce(policy.id)),
        );
        navigate(href('policies', key));
      }),
    exportFile: (policy, text) =>
      attempt(async () => downloadPolicy(policy.name, text ?? (await textInForce(policy.id)))),
    dialog:
      asking === undefined ? null : asking.what === 'rename' ? (
        <RenameDialog
          policy={asking.policy}
          onClose={close}
          onRename={async (name) => {
            const { id } = asking.policy;
            const { document } = await transport.call('policies.get', { id });
            await saved(transport.call('policies.save', { id, name, document: document as Json }));
            toast({ text: `Renamed to “${name}”.` });
          }}
        />
      ) : (
        <DeleteDialog
          policy={asking.policy}
          onClose={close}
          onDelete={async () => {
            await transport.call('policies.delete', { id: asking.policy.id });
            drafts.discard(asking.policy.id);
            navigate(href('policies'), { replace: true });
            toast({ text: `“${asking.policy.name}” was deleted.` });
          }}
        />
      ),
  };
}

/** Throws the first mistake where a policy was not saved for it. */
async function saved(answer: Promise<object | { errors: { message: string }[] }>): Promise<void> {
  const result = await answer;
  if ('errors' in result) throw new Error(result.errors[0]?.message ?? 'The policy was not saved.');
}
