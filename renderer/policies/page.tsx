import { Page, PageHeader } from '../design/page.tsx';

export default function PoliciesPage() {
  return (
    <Page>
      <PageHeader title="Policies" />
    </Page>
  );
}
