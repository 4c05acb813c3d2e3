import type { Remedies } from '../base/start-error.ts';

/** What the desktop host has against what keeps it from starting. It has no options. */
export const remedies: Remedies = {
  port: 'Another port is chosen under Settings, once Greenlight runs.',
  directory: 'Or choose another by GREENLIGHT_HOME in its environment.',
  'in use': 'Or start this one with another directory in GREENLIGHT_HOME.',
  keyring: 'Once it can be used, choose “Try again”.',
};
