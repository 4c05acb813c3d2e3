import { LUMA } from '../../shared/server-id.ts';
import { Page, PageHeader } from '../design/page.tsx';
import { useServerLabel } from '../design/server-name.tsx';
import { ToolList } from '../tools/tool-list.tsx';
import { ChangedTools } from '../upstream/changed-tools.tsx';
import { Upstream } from '../upstream/upstream.tsx';
import { About } from './about.tsx';
import { Appearance } from './appearance.tsx';
import { Behaviour } from './behaviour.tsx';
import { Counters } from './counters.tsx';
import { Kept } from './kept.tsx';
import { Listening } from './listening.tsx';
import { Notifications } from './notifications.tsx';
import { OtherServers } from './other-servers.tsx';
import { Phone } from './phone.tsx';

/** How Greenlight is set up. Each field saves by itself. */
export default function SettingsPage() {
  const luma = useServerLabel()(LUMA);
  return (
    <Page>
      <PageHeader title="Settings" lead="Each change is saved at once." />
      <ChangedTools server={LUMA} />
      <Upstream server={LUMA} named={luma} />
      <OtherServers />
      <ToolList server={LUMA} named={luma} />
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
