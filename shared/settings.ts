import { z } from 'zod';
import { isTimeOfDay } from './quiet-hours.ts';
import { LUMA, MOST_SERVERS, SLUG } from './server-id.ts';
import { isShortcut } from './shortcut.ts';

/** The upstream of a server as the person chose it. Tokens are not here: they are in the secret vault. */
export const upstreamSettings = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sandbox') }),
  z.strictObject({
    kind: z.literal('http'),
    url: z.url({ protocol: /^https?$/ }),
    /** Names of variables that stand in the address in place of their values, which are in the vault. */
    envNames: z.array(z.string()).exactOptional(),
    /** Names of headers that each request has beside a token, whose values are in the vault. */
    headerNames: z.array(z.string()).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('stdio'),
    command: z.string().min(1),
    /** They may name variables of the environment, which are filled in when it is started. */
    args: z.array(z.string()),
    /** Names of environment variables whose values are in the vault. */
    envNames: z.array(z.string()).default([]),
    /** The folder it is started in; absent: Greenlight's own. */
    cwd: z.string().min(1).exactOptional(),
  }),
]);
export type UpstreamSettings = z.infer<typeof upstreamSettings>;

/** One server of several, `luma` excepted, which has `upstream` and `defaultPolicyId` of the settings. */
export const serverSettings = z.strictObject({
  /** How it is called in addresses. */
  id: z.string().regex(SLUG, 'no slug: small letters, digits and dashes'),
  name: z.string().trim().min(1).max(60),
  upstream: upstreamSettings,
  /** The policy of a grant that names none on this server. */
  policyId: z.string().min(1),
});
export type ServerSettings = z.infer<typeof serverSettings>;

/** What the tray toggles. `until` is an ISO time; past it the mode is `policy` again. */
export const guardSettings = z.strictObject({
  mode: z.enum(['policy', 'ask', 'allow', 'block']),
  until: z.iso.datetime().optional(),
});
export type GuardSettings = z.infer<typeof guardSettings>;

/** The guard mode as it is kept. `end`: the same moment by Greenlight's own time (ms); it ends at the earlier one. */
const keptGuard = guardSettings.extend({ end: z.number().int().optional() });
export type KeptGuard = z.infer<typeof keptGuard>;

/** `settings.json`, version 1. Unknown members are refused: the file is repaired, never guessed at. */
export const settingsSchema = z.strictObject({
  version: z.literal(1),
  upstream: upstreamSettings,
  /** Servers beside `luma`. */
  servers: z
    .array(serverSettings)
    .max(MOST_SERVERS)
    .refine(
      (servers) => new Set([LUMA, ...servers.map(({ id }) => id)]).size === servers.length + 1,
      'each server needs an id of its own',
    ),
  guard: keptGuard,
  /** The policy of a grant that names none, on the server `luma`. */
  defaultPolicyId: z.string().min(1),
  /** Seconds a call is held before it gets a ticket, for grants that do not say otherwise. */
  holdSeconds: z.number().int().min(0).max(3600),
  /** Seconds that an upstream over HTTP may take until its answer begins. */
  answerSeconds: z.number().int().min(1).max(7200),
  /** What becomes of calls to a tool that the person has not accepted as the upstream defines it. */
  changedTools: z.enum(['ask', 'deny']),
  /** What becomes of calls with arguments of which the tool's schema says more than can be checked. */
  uncheckedArguments: z.enum(['ask', 'deny']),
  /** KiB of one call; a larger one is refused. */
  largestCall: z.number().int().min(4).max(1024),
  activity: z.strictObject({
    /** Whether the log keeps the arguments' values or only their top-level names. */
    arguments: z.enum(['values', 'names']),
    /** How long a call is kept. */
    keepFor: z.enum(['90 days', 'a year', 'for ever']),
    /** MiB that the database may use; past that the oldest calls go. */
    atMost: z.literal([256, 1024, 4096, 16_384]),
  }),
  notifications: z.strictObject({
    enabled: z.boolean(),
    sound: z.boolean(),
    /** What becomes of questions while notifications are snoozed. */
    whileSnoozed: z.enum(['wait', 'deny']),
    /** Snoozed every day at this time. */
    quietHours: z.strictObject({
      on: z.boolean(),
      from: z.string().refine(isTimeOfDay, 'no time of day: such as 22:00'),
      to: z.string().refine(isTimeOfDay, 'no time of day: such as 07:00'),
    }),
  }),
  /** Whether questions are told on the phone, by which ntfy server, how much of them, and what it may answer. */
  phone: z.strictObject({
    enabled: z.boolean(),
    server: z.string().max(200).refine(isServer, 'no address of a server: such as https://ntfy.sh'),
    sends: z.enum(['price', 'everything']),
    answers: z.enum(['none', 'deny', 'all']),
  }),
  /** Where the hosts listen, unless the command line says otherwise; a change counts at the next start. */
  ports: z.strictObject({
    mcp: z.number().int().min(0).max(65_535),
    ui: z.number().int().min(0).max(65_535),
  }),
  /** What one unit of cost is called, for people ("$", "credits"). */
  costUnit: z.string().max(16),
  theme: z.enum(['system', 'light', 'dark']),
  /** Whether the first run was finished or skipped. */
  welcomed: z.boolean(),
  startAtLogin: z.boolean(),
  /** Whether what lets calls pass without asking ends when the screen is locked or nobody is there (desktop host). */
  askAgainWhenAway: z.boolean(),
  /** The keys that bring the oldest question forward in the desktop host (Electron's accelerator); empty: none. */
  shortcut: z.string().refine(isShortcut, 'no shortcut: such as Control+Alt+G'),
});
export type Settings = z.infer<typeof settingsSchema>;

const { activity, notifications, phone, ports } = settingsSchema.shape;

/** A change of settings that save by themselves: any of them, and of a group any members. */
export const settingsChange = settingsSchema
  .omit({ version: true, upstream: true, servers: true, guard: true })
  .extend({
    activity: activity.partial(),
    notifications: notifications.partial(),
    phone: phone.partial(),
    ports: ports.partial(),
  })
  .partial();
export type SettingsChange = z.infer<typeof settingsChange>;

/**
 * `settings` with `change`; what it does not name stays. Whoever changes one member must not say the others too: they
 * may have changed since.
 */
export function withChange(settings: Settings, change: SettingsChange): Settings {
  return changed(settings, change);
}

/** Whether `text` is the address of a web server, and nothing beside it: no path, which would be another topic. */
function isServer(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '')
  );
}

function changed<T extends object>(known: T, change: object): T {
  const entries = Object.entries(change)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const old: unknown = known[name as keyof T];
      return [
        name,
        typeof value === 'object' && typeof old === 'object' && old ? changed(old, value) : value,
      ];
    });
  return { ...known, ...Object.fromEntries(entries) };
}

/** The settings of a new installation: the sandbox, by policy, asking before every video. */
export const defaultSettings: Settings = {
  version: 1,
  upstream: { kind: 'sandbox' },
  servers: [],
  guard: { mode: 'policy' },
  defaultPolicyId: 'ask-before-every-video',
  holdSeconds: 45,
  answerSeconds: 300,
  changedTools: 'ask',
  uncheckedArguments: 'ask',
  largestCall: 256,
  activity: { arguments: 'values', keepFor: 'a year', atMost: 1024 },
  notifications: {
    enabled: true,
    sound: true,
    whileSnoozed: 'wait',
    quietHours: { on: false, from: '22:00', to: '07:00' },
  },
  phone: { enabled: false, server: 'https://ntfy.sh', sends: 'price', answers: 'none' },
  ports: { mcp: 4747, ui: 4748 },
  costUnit: '$',
  theme: 'system',
  welcomed: false,
  startAtLogin: false,
  askAgainWhenAway: false,
  shortcut: '',
};
