import { Page, PageHeader } from '../design/page.tsx';

export default function SettingsPage() {
  return (
    <Page>
      <PageHeader title="Settings" />
    </Page>
  );
}
