/** The settings as they stand in a home, for commands that work without a running Greenlight. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultSettings, type Settings, settingsSchema } from '../../shared/settings.ts';

/** The settings of `home`, or those of a first start. */
export function settingsIn(home: string): Settings {
  try {
    return settingsSchema.parse(JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8')));
  } catch {
    // None yet, or none that counts.
    return defaultSettings;
  }
}
