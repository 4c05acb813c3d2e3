import { createConnect } from '../../main/connect/connect.ts';
import type { Greenlight } from '../../main/greenlight.ts';

/** What enters `core` into clients' configurations, in the home directory `home`: by default one without clients. */
export function connectOf({ dataDir, accepted, logger }: Greenlight, home = dataDir) {
  return createConnect({ home, platform: 'linux', env: {}, dataDir, accepted, wall: Date.now, logger });
}
