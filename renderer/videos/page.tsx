import { Page, PageHeader } from '../design/page.tsx';

export default function VideosPage() {
  return (
    <Page>
      <PageHeader title="Videos" />
    </Page>
  );
}
