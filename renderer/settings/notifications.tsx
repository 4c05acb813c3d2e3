import { BellRing } from 'lucide-react';
import { useState } from 'react';
import type { Result } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorState, Spinner } from '../design/states.tsx';
import { Switch } from '../design/switch.tsx';
import { useLoaded } from '../store/use-live.ts';
import { useCall } from '../store/use-method.ts';
import { Snooze } from './snooze.tsx';
import { useSetting } from './use-setting.ts';

const ANSWERS: Record<Result<'notifier.test'>['response'], string> = {
  allow: 'It works: you pressed Allow.',
  deny: 'It works: you pressed Deny.',
  open: 'It works: you opened it.',
  closed: 'It was shown, and went away without an answer.',
};

/** Whether the person is notified, and whether that works. */
export function Notifications() {
  const { notifier } = useLoaded().state;
  const { value, save, error } = useSetting('notifications');
  const test = useCall('notifier.test');
  const [response, setResponse] = useState<Result<'notifier.test'>['response']>();

  async function send(): Promise<void> {
    setResponse(undefined);
    setResponse((await test.run({}))?.response);
  }

  return (
    <Card title="Notifications">
      <div className="flex flex-col gap-5">
        {!notifier.working && (
          <Banner tone="warn">
            <span className="hostile">
              Notifications do not work here, so calls are asked about in this window only.{' '}
              <AgentText text={notifier.message ?? ''} />
            </span>
          </Banner>
        )}
        <Switch
          label="Notify me when a call waits"
          hint="With Allow and Deny where the system offers buttons."
          checked={value.enabled}
          onChange={(enabled) =>
            save({ enabled }, enabled ? 'Notifications are on.' : 'Notifications are off.')
          }
        />
        <Switch
          label="With a sound"
          checked={value.sound}
          off={!value.enabled}
          onChange={(sound) => save({ sound }, sound ? 'The sound is on.' : 'The sound is off.')}
        />
        {error !== undefined && <ErrorState message={`This was not saved. ${error}`} />}
        <Snooze />
        <div className="flex flex-wrap items-center gap-3">
          <Button
            icon={test.running ? <Spinner /> : <BellRing />}
            off={test.running}
            onClick={() => void send()}
          >
            Send a test
          </Button>
          <p role="status" className="min-w-0 flex-1 text-[13px] text-muted">
            {test.running
              ? 'Look at your notifications, and press one of its buttons.'
              : response && ANSWERS[response]}
          </p>
        </div>
        {test.error !== undefined && <ErrorState message={test.error} />}
      </div>
    </Card>
  );
}
