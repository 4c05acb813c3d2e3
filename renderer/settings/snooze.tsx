import { BellOff } from 'lucide-react';
import { momentWords, tomorrowMorning } from '../../shared/when.ts';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { Menu, MenuItem } from '../design/menu.tsx';
import { Select } from '../design/select.tsx';
import { ErrorState } from '../design/states.tsx';
import { Switch } from '../design/switch.tsx';
import { TimeOfDay } from '../design/time-of-day.tsx';
import { useNow } from '../design/use-now.ts';
import { useLoaded } from '../store/use-live.ts';
import { useCall } from '../store/use-method.ts';
import { hostNow } from '../text/clock.ts';
import { useSetting } from './use-setting.ts';

const MINUTE = 60_000;

/** No notification for a while, and what becomes of calls meanwhile. */
export function Snooze() {
  const { snooze } = useLoaded().state;
  const { value, save, error } = useSetting('notifications');
  const set = useCall('notifier.snooze');
  const now = useNow();
  const until = snooze === undefined ? undefined : Date.parse(snooze.until);
  const morning = tomorrowMorning(now);
  const start = (at: number) => void set.run({ until: new Date(at).toISOString() });

  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="font-medium">Do not disturb</p>
          <p className="text-[13px] text-muted">
            {until === undefined || until <= now
              ? 'No notification for a while; it ends by itself. Your system’s own focus modes hold in any case.'
              : `Notifications are snoozed until ${momentWords(until, now)}.`}
          </p>
        </div>
        {until === undefined || until <= now ? (
          <Menu
            align="end"
            trigger={
              <Button icon={<BellOff />} off={set.running}>
                Snooze notifications
              </Button>
            }
          >
            <MenuItem onSelect={() => start(hostNow() + 30 * MINUTE)}>For 30 minutes</MenuItem>
            <MenuItem onSelect={() => start(hostNow() + 60 * MINUTE)}>For 1 hour</MenuItem>
            <MenuItem onSelect={() => start(morning)}>Until {momentWords(morning, now)}</MenuItem>
          </Menu>
        ) : (
          <Button off={set.running} onClick={() => void set.run({})}>
            End the snooze
          </Button>
        )}
      </div>
      <Field
        label="While snoozed, calls that need you"
        error={error}
        hint="A denied agent is told why, and when to try again. Calls that waited before go on waiting."
      >
        <Select
          className="max-w-72"
          value={value.whileSnoozed}
          options={[
            { value: 'wait', label: 'Wait for your answer' },
            { value: 'deny', label: 'Are denied' },
          ]}
          onChange={(whileSnoozed) =>
            save({ whileSnoozed }, 'What becomes of calls while notifications are snoozed is saved.')
          }
        />
      </Field>
      {set.error !== undefined && <ErrorState message={set.error} />}
      <QuietHours />
    </>
  );
}

/** The same at a time of every day. */
function QuietHours() {
  const { value, save, error } = useSetting('notifications');
  const { quietHours } = value;
  const set = (change: Partial<typeof quietHours>) => {
    const next = { ...quietHours, ...change };
    save(
      { quietHours: next },
      next.on ? `Quiet hours are from ${next.from} to ${next.to}.` : 'There are no quiet hours.',
    );
  };
  return (
    <div className="flex flex-col gap-3">
      <Switch
        label="Quiet hours"
        hint="No notification at this time of every day; calls that need you wait or are denied, as above."
        checked={quietHours.on}
        onChange={(on) => set({ on })}
      />
      {quietHours.on && (
        <div className="flex flex-wrap gap-4">
          <TimeOfDay label="From" time={quietHours.from} onTime={(from) => set({ from })} />
          <TimeOfDay label="To" time={quietHours.to} onTime={(to) => set({ to })} />
        </div>
      )}
      {quietHours.on && quietHours.from === quietHours.to && (
        <p className="text-[13px] text-warn">They end when they begin, so there are none.</p>
      )}
      {error !== undefined && <ErrorState message={`This was not saved. ${error}`} />}
    </div>
  );
}
