import { Monitor, Moon, Sun } from 'lucide-react';
import { Card } from '../design/card.tsx';
import { Segmented } from '../design/segmented.tsx';
import { ErrorState } from '../design/states.tsx';
import { Switch } from '../design/switch.tsx';
import { useLoaded } from '../store/use-live.ts';
import { Shortcut } from './shortcut.tsx';
import { useSetting } from './use-setting.ts';

/** The look of the window, and when it starts. */
export function Appearance() {
  const { host } = useLoaded().state;
  const theme = useSetting('theme');
  const startAtLogin = useSetting('startAtLogin');
  const askAgain = useSetting('askAgainWhenAway');
  return (
    <Card title="Window">
      <div className="flex flex-col gap-5">
        <div className="flex flex-wrap items-center justify-between gap-4">
          <span className="font-medium">Theme</span>
          <Segmented
            label="Theme"
            segments={[
              { id: 'system', label: 'As the system', icon: <Monitor /> },
              { id: 'light', label: 'Light', icon: <Sun /> },
              { id: 'dark', label: 'Dark', icon: <Moon /> },
            ]}
            chosen={theme.value}
            onChoose={(chosen) => theme.save(chosen, 'The theme is saved.')}
          />
        </div>
        {host === 'desktop' && (
          <Switch
            label="Start at login"
            hint="Greenlight then waits in the tray, so that your agents find it."
            checked={startAtLogin.value}
            onChange={(start) =>
              startAtLogin.save(
                start,
                start ? 'Greenlight starts when you log in.' : 'Greenlight does not start by itself.',
              )
            }
          />
        )}
        {host === 'desktop' && (
          <Switch
            label="Ask again when I am away"
            hint="When the screen is locked, or nobody was there for 10 minutes, what lets calls pass without asking ends: allowances, and “Allow without asking”."
            checked={askAgain.value}
            onChange={(ask) =>
              askAgain.save(
                ask,
                ask
                  ? 'You are asked again once you were away.'
                  : 'What you allowed goes on while you are away.',
              )
            }
          />
        )}
        <Shortcut />
        {[theme.error, startAtLogin.error, askAgain.error].map(
          (error) =>
            error !== undefined && <ErrorState key={error} message={`This was not saved. ${error}`} />,
        )}
      </div>
    </Card>
  );
}
