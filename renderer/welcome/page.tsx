import { Page, PageHeader } from '../design/page.tsx';

export default function WelcomePage() {
  return (
    <Page width="reading">
      <PageHeader title="Welcome to Greenlight" />
    </Page>
  );
}
