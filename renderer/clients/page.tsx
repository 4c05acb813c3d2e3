import { Page, PageHeader } from '../design/page.tsx';

export default function ClientsPage() {
  return (
    <Page>
      <PageHeader title="Clients" />
    </Page>
  );
}
