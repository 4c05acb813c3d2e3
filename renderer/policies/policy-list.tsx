import { FileUp, Plus, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { PolicySummary } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Badge } from '../design/badge.tsx';
import { Banner } from '../design/banner.tsx';
import { Button, IconButton } from '../design/button.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { Page, PageHeader } from '../design/page.tsx';
import { ServerSelect, useServers } from '../design/server-name.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { Cell, HeadCell, Row, Table, TableHead } from '../design/table.tsx';
import { href, navigate } from '../navigation/route.ts';
import type { MethodAnswer } from '../store/use-method.ts';
import { type Draft, isDirty, isNew } from './drafts.ts';
import { ImportDialog } from './import-dialog.tsx';
import { NewDialog } from './new-dialog.tsx';
import { PolicyMenu } from './policy-menu.tsx';
import { ServerBadge } from './server-badge.tsx';
import { drafts, useDrafts } from './use-drafts.ts';
import { usePolicyActions } from './use-policy-actions.tsx';

/** Every policy, and the ones that are not saved yet. */
export function PolicyList({ answer }: { answer: MethodAnswer<{ policies: PolicySummary[] }> }) {
  const all = useDrafts();
  const policies = answer.data?.policies ?? [];
  const several = useServers().length > 0;
  const [of, setOf] = useState<string>();
  const shown = policies.filter(({ server }) => of === undefined || server === of);
  const actions = usePolicyActions(policies);
  const [asking, setAsking] = useState<'new' | 'import' | Draft>();
  const unsaved = all.filter(isNew);
  const names = [...policies, ...unsaved].map(({ name }) => name);

  function begin(name: string, text: string): void {
    setAsking(undefined);
    navigate(href('policies', drafts.create(name, text)));
  }

  return (
    <Page>
      <PageHeader
        title="Policies"
        lead={`What your agents may do: each client follows one of these${several ? ' for each server' : ''}.`}
        actions={
          <>
            <Button icon={<FileUp />} onClick={() => setAsking('import')}>
              Import
            </Button>
            <Button look="primary" icon={<Plus />} onClick={() => setAsking('new')}>
              New policy
            </Button>
          </>
        }
      />
      {answer.error !== undefined && <ErrorState message={answer.error} onRetry={answer.reload} />}
      {answer.data === undefined && answer.error === undefined && <Loading what="the policies" />}
      <ServerSelect chosen={of} onChoose={setOf} />
      {answer.data !== undefined && (
        <Table label="Policies">
          <TableHead>
            <HeadCell className="w-full">Name</HeadCell>
            <HeadCell className="max-md:hidden">Used by</HeadCell>
            <HeadCell className="max-md:hidden">Changed</HeadCell>
            <HeadCell>
              <span className="sr-only">Actions</span>
            </HeadCell>
          </TableHead>
          <tbody>
            {unsaved.map((draft) => (
              <Row key={draft.key}>
                <Cell>
                  <Name to={draft.key} name={draft.name} />
                  <span className="ml-2">
                    <Badge tone="warn">Not saved yet</Badge>
                  </span>
                </Cell>
                <Cell className="text-muted max-md:hidden">–</Cell>
                <Cell className="text-muted max-md:hidden">–</Cell>
                <Cell className="py-1! text-right">
                  <IconButton
                    label={`Discard ${draft.name}`}
                    icon={<Trash2 />}
                    onClick={() => setAsking(draft)}
                  />
                </Cell>
              </Row>
            ))}
            {shown.map((policy) => (
              <PolicyRow
                key={policy.id}
                policy={policy}
                draft={all.find(({ key }) => key === policy.id)}
                menu={<PolicyMenu policy={policy} actions={actions} />}
              />
            ))}
          </tbody>
        </Table>
      )}
      {asking === 'new' && (
        <NewDialog names={names} of={of} onCreate={begin} onClose={() => setAsking(undefined)} />
      )}
      {asking === 'import' && (
        <ImportDialog names={names} onImport={begin} onClose={() => setAsking(undefined)} />
      )}
      {typeof asking === 'object' && (
        <ConfirmDialog
          title={`Discard “${asking.name}”?`}
          confirm="Discard"
          onClose={() => setAsking(undefined)}
          onConfirm={async () => drafts.discard(asking.key)}
        >
          It was never saved, so nothing of it is left then.
        </ConfirmDialog>
      )}
      {actions.dialog}
    </Page>
  );
}

interface PolicyRowProps {
  policy: PolicySummary;
  draft: Draft | undefined;
  menu: ReactNode;
}

function PolicyRow({ policy, draft, menu }: PolicyRowProps) {
  const { id, name, description, server, isDefault, usedBy, version, updatedAt, errors } = policy;
  const users = usedBy.length === 0 ? 'nobody' : usedBy.join(', ');
  return (
    <Row>
      <Cell>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Name to={id} name={name} />
          <ServerBadge server={server} />
          {isDefault && <Badge tone="good">Default</Badge>}
          {draft !== undefined && isDirty(draft) && <Badge tone="warn">Unsaved changes</Badge>}
        </span>
        {description !== undefined && (
          <span className="block text-muted">
            <AgentText text={description} brief limit={200} />
          </span>
        )}
        <span className="block text-muted md:hidden">
          Used by <AgentText text={users} brief limit={100} />
        </span>
        {errors.length > 0 && (
          <div className="mt-2">
            <Banner tone="bad">
              Its file has {errors.length === 1 ? 'a mistake' : `${errors.length} mistakes`}; version{' '}
              {version} stays in force. <AgentText text={errors[0]?.pointer ?? ''} brief limit={100} />{' '}
              <AgentText text={errors[0]?.message ?? ''} brief limit={300} />
            </Banner>
          </div>
        )}
      </Cell>
      <Cell className="max-w-56 max-md:hidden">
        {/* The name takes all the room that is left: a cell of its own words' width would break each of them. */}
        <span className="block min-w-36">
          <AgentText text={users} brief limit={120} />
        </span>
      </Cell>
      <Cell className="whitespace-nowrap text-muted max-md:hidden">
        <time dateTime={updatedAt}>
          {new Date(updatedAt).toLocaleDateString(undefined, { dateStyle: 'medium' })}
        </time>
        <span className="block">version {version}</span>
      </Cell>
      <Cell className="py-1! text-right">{menu}</Cell>
    </Row>
  );
}

function Name({ to, name }: { to: string; name: string }) {
  return (
    <a
      href={href('policies', to)}
      className="inline-block min-w-7 py-0.5 text-[14px] font-semibold text-text hover:underline"
    >
      <AgentText text={name} brief limit={100} />
    </a>
  );
}
