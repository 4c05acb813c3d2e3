import { Page, PageHeader } from '../design/page.tsx';

export default function ActivityPage() {
  return (
    <Page>
      <PageHeader title="Activity" />
    </Page>
  );
}
