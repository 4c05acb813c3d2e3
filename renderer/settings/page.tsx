import { Page, PageHeader } from '../design/page.tsx';
import { About } from './about.tsx';
import { Appearance } from './appearance.tsx';
import { Behaviour } from './behaviour.tsx';
import { ChangedTools } from './changed-tools.tsx';
import { Counters } from './counters.tsx';
import { Kept } from './kept.tsx';
import { Listening } from './listening.tsx';
import { Notifications } from './notifications.tsx';
import { Phone } from './phone.tsx';
import { Upstream } from './upstream.tsx';

/** How Greenlight is set up. Each field saves by itself. */
export default function SettingsPage() {
  return (
    <Page>
      <PageHeader title="Settings" lead="Each change is saved at once." />
      <ChangedTools />
      <Upstream />
      <Behaviour />
      <Kept />
      <Counters />
      <Notifications />
      <Phone />
      <Appearance />
      <Listening />
      <About />
    </Page>
  );
}
