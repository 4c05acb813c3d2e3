import { Page, PageHeader } from '../design/page.tsx';
import { useLive, useLoaded } from '../store/use-live.ts';
import { Waiting } from './waiting.tsx';

/** What waits for the person, and what was answered lately. */
export default function ApprovalsPage() {
  const { connection } = useLive();
  const { approvals, settings } = useLoaded();
  return (
    <Page width="reading">
      <PageHeader title="Approvals" />
      <Waiting approvals={approvals} costUnit={settings.costUnit} online={connection === 'online'} />
    </Page>
  );
}
