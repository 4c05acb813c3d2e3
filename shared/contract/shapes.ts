/** What the contract speaks of: the shapes of what its methods take and answer. */
import { z } from 'zod';
import { isJson, isJsonObject, type Json, type JsonObject } from '../json.ts';
import { guardSettings, serverSettings, upstreamSettings } from '../settings.ts';
import { categories } from '../tool-category.ts';

// Not z.json() and z.record(): they drop members called __proto__, and a person must see all of what runs.
export const json = z.custom<Json>(isJson, 'must be JSON');
export const jsonObject = z.custom<JsonObject>(
  (value) => isJsonObject(value) && isJson(value),
  'must be a JSON object',
);
export const isoTime = z.iso.datetime();
export const id = z.string().min(1).max(200);
export const label = z.string().trim().min(1).max(100);
export const { id: slug, name: serverName } = serverSettings.shape;

/** Where the upstream stands. `starting`: it has not answered yet. */
export const upstreamStatus = z.object({
  kind: z.enum(['sandbox', 'http', 'stdio']),
  status: z.enum(['starting', 'connected', 'unreachable', 'unauthorized']),
  /** What is wrong and what to do, or what it is at, unless connected. */
  message: z.string().optional(),
  /** The name and version that the upstream gives itself. */
  server: z.object({ name: z.string(), version: z.string() }).optional(),
  /** How many tools it offers, where that is known. */
  tools: z.number().int().optional(),
  /** What of its tool list cannot be used, and what becomes of it; absent: all can. */
  flaws: z.string().optional(),
});
export type UpstreamStatus = z.infer<typeof upstreamStatus>;

export const server = z.object({
  /** How it is called in its address. */
  id: z.string(),
  name: z.string(),
  kind: upstreamStatus.shape.kind,
  /** Where clients find it. */
  url: z.string(),
  status: upstreamStatus.shape.status,
  message: upstreamStatus.shape.message,
  tools: upstreamStatus.shape.tools,
  /** Tools that the person has not accepted as they are. */
  changedTools: z.number().int(),
  /** The policy of clients that have none of their own on it. */
  policyId: z.string(),
  settings: upstreamSettings,
});
/** One server that Greenlight stands before. */
export type Server = z.infer<typeof server>;

/** How the person's sign-in to the upstream stands. `waiting`: in their browser. `over`: to be done again. */
export const signIn = z.object({
  state: z.enum(['out', 'waiting', 'in', 'over']),
  /** The host of the server that they signed in at. */
  at: z.string().optional(),
  /** When the access token ends, where that was said, and whether it is renewed then. */
  until: z.iso.datetime().optional(),
  renews: z.boolean().optional(),
  /** Why the last attempt failed, or the sign-in is over, and what to do. */
  message: z.string().optional(),
});
export type SignIn = z.infer<typeof signIn>;

const notifierStatus = z.object({
  kind: z.string(),
  working: z.boolean(),
  message: z.string().optional(),
});

export const state = z.object({
  guard: guardSettings,
  /** That of `luma`. */
  upstream: upstreamStatus,
  /** Every server, `luma` first. */
  servers: z.array(server.pick({ id: true, name: true, kind: true, status: true, message: true })),
  /** How many approvals are waiting. */
  pending: z.number().int(),
  defaultPolicyId: z.string(),
  notifier: notifierStatus,
  /** While notifications are snoozed: until when. */
  snooze: z.object({ until: isoTime }).optional(),
  /** Greenlight's own version. */
  version: z.string(),
  /** Where clients connect. */
  mcpUrl: z.string(),
  host: z.enum(['desktop', 'browser']),
  /** Of the desktop host alone. */
  desktop: z
    .object({
      /** Why the tray shows no icon, and what to do; absent where it does, or nobody knows. */
      noTray: z.string().optional(),
      /** Why the keys of the shortcut do nothing, and what to do; absent where they work, or there are none. */
      noShortcut: z.string().optional(),
    })
    .optional(),
  /** Where settings, policies and the database are. */
  dataDir: z.string(),
  /** What keeps the secrets, in words. */
  secrets: z.string(),
  /** Whether other programs of the person's can read them there: then the seal keeps out mistakes, not an intruder. */
  secretsOpen: z.boolean(),
  /** Things that are wrong and what to do: an invalid policy file, a log that cannot be written. */
  problems: z.array(z.object({ id: z.string(), message: z.string() })),
});
export type State = z.infer<typeof state>;

const clientRef = z.object({
  /** The grant's id. */
  id: z.string(),
  label: z.string(),
  /** What the client application calls itself. */
  name: z.string().optional(),
  version: z.string().optional(),
});
export type ClientRef = z.infer<typeof clientRef>;

/** One thing about a call that stands out. */
const signal = z.object({
  kind: z.enum([
    'changed-tool',
    'unchecked',
    'second-half',
    'destroys',
    'executes',
    'path',
    'pays',
    'also',
    'webhook',
    'host',
    'cost',
    'first',
    'edited',
    'long',
    'hidden-text',
    'budget',
  ]),
  text: z.string(),
});
export type Signal = z.infer<typeof signal>;

const approvalState = z.enum(['pending', 'allowed', 'denied', 'expired', 'withdrawn', 'interrupted']);
export type ApprovalState = z.infer<typeof approvalState>;

export const approval = z.object({
  id: z.string(),
  state: approvalState,
  client: clientRef,
  server: z.string(),
  tool: z.string(),
  arguments: jsonObject,
  /** What is sent beside the arguments and may mean something to the server; absent where nothing is. */
  also: jsonObject.optional(),
  createdAt: isoTime,
  expiresAt: isoTime,
  /** While the person reads it: until when its time stands still. It goes on from there. */
  stillUntil: isoTime.optional(),
  signals: z.array(signal),
  cost: z.number().optional(),
  /** The policy that asked, and the rule in it. */
  policy: z.object({ id: z.string(), version: z.number().int() }),
  rule: z.string(),
  /** Why it is asked, in words from that rule, as what follows "because"; while it waits. */
  why: z.string().optional(),
  session: z.string().optional(),
  /** The hosts of all its addresses, while it waits; absent where one cannot be read. */
  hosts: z.array(z.string()).optional(),
  /** How many calls wait for the answer right now; 0 once each has its ticket. */
  waiting: z.number().int(),
  /** Whether a ticket was handed out: the client will call again. */
  ticket: z.boolean(),
  decidedAt: isoTime.optional(),
  /** What the person said, or why the question went away. */
  reason: z.string().optional(),
  /** The arguments that run instead, where the person changed them. */
  edited: jsonObject.optional(),
  /** Some of it is left out, because it is large: `approvals.get` has it whole. */
  cut: z.literal(true).optional(),
});
export type Approval = z.infer<typeof approval>;

export const allowance = z.object({
  id: z.string(),
  /** `block`: the client is refused everything for a while. */
  effect: z.enum(['allow', 'block']),
  client: clientRef,
  /** Absent on a block, which covers every server and tool. */
  server: z.string().optional(),
  tool: z.string().optional(),
  /** What it is for: one prompt with all that is sent with it, or calls to these hosts; absent: every call of the tool. */
  only: z.union([z.object({ prompt: z.literal(true) }), z.object({ hosts: z.array(z.string()) })]).optional(),
  /** How many calls, and how much cost; what is absent has no ceiling. */
  ceiling: z.object({ calls: z.number().int().optional(), cost: z.number().optional() }),
  used: z.object({ calls: z.number().int(), cost: z.number() }),
  createdAt: isoTime,
  /** Absent: until Greenlight ends; of a block: until the person resumes the client, which is paused. */
  until: isoTime.optional(),
});
export type Allowance = z.infer<typeof allowance>;

export const limitCounter = z.object({
  id: z.string(),
  /** The counter's name in the policy. */
  counter: z.string(),
  scope: z.enum(['grant', 'session', 'all', 'everywhere']),
  /** Absent where it counts over all servers. */
  server: z.string().optional(),
  /** Whose it is; absent where it counts for everyone. */
  client: clientRef.optional(),
  session: z.string().optional(),
  /** What counts in the window now, open calls included; in calls, or in the unit that the limit counts. */
  used: z.number(),
  max: z.number(),
  /** What `used` and `max` are: calls, cost in the person's unit, or what an argument of the calls says. */
  counts: z.enum(['calls', 'cost', 'argument']),
  windowSeconds: z.number(),
  /** What becomes of a call past it. */
  whenReached: z.enum(['deny', 'ask']),
  /** The policies in use that set it. */
  policyIds: z.array(z.string()),
  /** When the oldest of it leaves the window; absent while all of it is held by open calls, or nothing counts. */
  freesAt: isoTime.optional(),
});
export type LimitCounter = z.infer<typeof limitCounter>;

export const policyError = z.object({ pointer: z.string(), message: z.string() });
export type PolicyErrorRow = z.infer<typeof policyError>;

export const policySummary = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number().int(),
  description: z.string().optional(),
  updatedAt: isoTime,
  /** Whether it judges, on its server, clients that have none of their own. */
  isDefault: z.boolean(),
  /** The server that it is for. */
  server: z.string(),
  /** Labels of the grants that follow it. */
  usedBy: z.array(z.string()),
  /** What is wrong with the file on disk; the last accepted version is in force meanwhile. */
  errors: z.array(policyError),
});
export type PolicySummary = z.infer<typeof policySummary>;

export const policyVersion = z.object({ version: z.number().int(), createdAt: isoTime, document: json });

export const client = z.object({
  id: z.string(),
  label: z.string(),
  /** The policy that judges its calls now, on the first of its servers. */
  policyId: z.string(),
  /** Whether that is because it is the default one: the client then follows whatever is the default. */
  followsDefault: z.boolean(),
  /** The servers that it may use, and the same of each. */
  servers: z.array(z.object({ id: z.string(), policyId: z.string(), followsDefault: z.boolean() })),
  /** The policy that is watched beside it and decides nothing. */
  watchedPolicyId: z.string().optional(),
  holdSeconds: z.number().int(),
  createdAt: isoTime,
  lastUsedAt: isoTime.optional(),
  /** Calls since midnight, local time. */
  callsToday: z.number().int(),
  name: z.string().optional(),
  version: z.string().optional(),
  revokedAt: isoTime.optional(),
  /** All its calls are denied until the person resumes it. */
  paused: z.boolean(),
});
export type Client = z.infer<typeof client>;

export const outcome = z.enum([
  'pending',
  'allowed',
  'denied',
  'waiting',
  'expired',
  'withdrawn',
  'interrupted',
]);
export type Outcome = z.infer<typeof outcome>;

/** What would have become of a call; `unknown`: nobody can tell. */
export const would = z.enum(['allow', 'ask', 'deny', 'unknown']);
export type Would = z.infer<typeof would>;

export const activityRow = z.object({
  id: z.string(),
  at: isoTime,
  client: clientRef,
  session: z.string().optional(),
  server: z.string(),
  tool: z.string(),
  /** The arguments, secrets masked; or, when the log keeps names only, the list of their names. */
  arguments: z.union([jsonObject, z.array(z.string())]),
  /** What was sent beside the arguments, likewise; absent where nothing was. */
  also: z.union([jsonObject, z.array(z.string())]).optional(),
  digest: z.string(),
  outcome,
  /** A JSON Pointer into the policy, or a word in brackets; empty when allowed by the policy. */
  rule: z.string(),
  /** What the agent was told, when it was not simply allowed. */
  message: z.string().optional(),
  decidedBy: z
    .enum(['policy', 'person', 'allowance', 'guard mode', 'timeout', 'client', 'greenlight'])
    .optional(),
  /** By what way the person answered, where they were asked. */
  answeredBy: z.enum(['window', 'tray', 'notification', 'phone', 'command line']).optional(),
  policy: z.object({ id: z.string(), version: z.number().int() }).optional(),
  approvalId: z.string().optional(),
  cost: z.number().optional(),
  /** Whether this very call was sent to the upstream: not a call that was allowed after it was told to call again. */
  forwarded: z.boolean(),
  /** Milliseconds the call waited for a decision. */
  waitMs: z.number().optional(),
  /** Milliseconds from forwarding to the end of the upstream's answer. */
  latencyMs: z.number().optional(),
  /** What came of it, once it was forwarded. */
  result: z
    .enum(['ok', 'input required', 'tool error', 'upstream error', 'cancelled', 'interrupted'])
    .optional(),
  /** The upstream's HTTP status. */
  upstreamStatus: z.number().int().optional(),
  taskId: z.string().optional(),
  /** The arguments that ran instead, where the person changed them. */
  edited: z.union([jsonObject, z.array(z.string())]).optional(),
  /** What the policy would have done that was watched and decided nothing; absent where none was. */
  watched: z
    .object({
      /** Without a version where there was no valid one. */
      policy: z.object({ id: z.string(), version: z.number().int().optional() }),
      would,
      rule: z.string().optional(),
      message: z.string().optional(),
    })
    .optional(),
  /** Some of it is left out, because it is large: `activity.get` has it whole. */
  cut: z.literal(true).optional(),
});
export type ActivityRow = z.infer<typeof activityRow>;

export const rehearsedGroup = z.object({
  /** What would have become of them; `unknown`: the log, or the tool list, does not have what that depends on. */
  would,
  /** Whether the person was asked. */
  asked: z.boolean(),
  /** Whether they ran. */
  ran: z.boolean(),
  calls: z.number().int(),
  /** What they cost, or, where they did not run, would have cost. */
  cost: z.number(),
  /** The newest of them, the newest first, and what would have decided; `message` is in words. */
  newest: z.array(z.object({ row: activityRow, rule: z.string(), message: z.string().optional() })),
});
/** Calls of which the same came, and would have come. */
export type RehearsedGroup = z.infer<typeof rehearsedGroup>;

export const activityFilter = z.object({
  client: z.string().optional(),
  server: z.string().optional(),
  tool: z.string().optional(),
  outcome: outcome.optional(),
  /** Found in the tool, the arguments, the client's label or the message. */
  text: z.string().max(500).optional(),
  since: isoTime.optional(),
  until: isoTime.optional(),
  /** What the policy that was watched would have done. */
  watched: would.optional(),
  /** The upstream's task: the calls that made it, and those that ask for it. */
  task: z.string().max(500).optional(),
});

export const video = z.object({
  /** The upstream's task id. */
  taskId: z.string(),
  videoId: z.string().optional(),
  state: z.enum(['pending', 'completed', 'failed']),
  prompt: z.string().optional(),
  server: z.string(),
  tool: z.string(),
  client: clientRef,
  activityId: z.string(),
  approvalId: z.string().optional(),
  createdAt: isoTime,
  videoUrl: z.string().optional(),
  thumbnailUrl: z.string().optional(),
  cost: z.number().optional(),
  /** The end of the prompt, or an address, is left out, because it is large: the call has the prompt whole. */
  cut: z.literal(true).optional(),
});
export type Video = z.infer<typeof video>;

const toolDefinition = z.object({
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: jsonObject,
  outputSchema: jsonObject.optional(),
  annotations: jsonObject.optional(),
});
/** How the upstream defines a tool: what clients and models read of it. */
export type ToolDefinition = z.infer<typeof toolDefinition>;

export const tool = z.object({
  name: z.string(),
  /** How the upstream calls it before people. */
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: jsonObject,
  /** Names its definition; to be given when its category is corrected. */
  digest: z.string(),
  category: z.enum(categories),
  /** Why, as a sentence. */
  because: z.string(),
  /** Whether the person chose the category. */
  corrected: z.boolean(),
  standsOut: z.array(
    z.object({
      kind: z.enum(['calls-out', 'path', 'command', 'pays']),
      because: z.string(),
      arguments: z.array(z.string()),
    }),
  ),
  /** Set until the person accepts the tool as the upstream defines it now. */
  change: z
    .object({
      /** To be given when it is accepted. */
      digest: z.string(),
      seenAt: isoTime,
      /** As it was accepted last; absent: the tool is new. */
      before: toolDefinition.optional(),
      after: toolDefinition,
    })
    .optional(),
});
export type Tool = z.infer<typeof tool>;

/** A server in a client's configuration. */
export const foundServer = z.object({
  /** What names it in `protect`: where it stands, and that it is what was shown. */
  at: z.string(),
  name: z.string(),
  kind: z.enum(['http', 'stdio']),
  /** Its address or command line, without secrets. */
  address: z.string(),
  /** Whether it reaches Luma past Greenlight: it is taken over, not protected. */
  luma: z.boolean(),
  /** Whether it is behind this Greenlight already. */
  greenlight: z.boolean(),
  /** Of one that is: the server of Greenlight's that it leads to. There may be none such any more. */
  server: z.string().optional(),
  /** The folder of the one project that it is for. */
  project: z.string().optional(),
  /** Why it cannot be put behind Greenlight. */
  refused: z.string().optional(),
  /** Whether its client has switched it off, and so reaches it in no way. */
  off: z.boolean().optional(),
});
export type FoundServer = z.infer<typeof foundServer>;

/** Servers that are put behind Greenlight, by their `at`. */
export const protect = z.array(z.string().max(2000)).max(100).optional();

export const connectTarget = z.object({
  id: z.string(),
  name: z.string(),
  /** Of a client that Greenlight does not know: the form of what is to be entered by hand. */
  form: z.string().optional(),
  /** Whether it also takes a bundle (`connect.bundle`), which needs nothing from elsewhere. */
  bundle: z.boolean().optional(),
  /** Whether the application seems to be installed. */
  detected: z.boolean(),
  /** The configuration file that would be changed; absent where there is only a snippet. */
  path: z.string().optional(),
  /** Whether that file names a server of this Greenlight's, in an entry that is on. */
  connected: z.boolean(),
  /** Names of entries in it that reach Luma directly, past Greenlight. */
  direct: z.array(z.string()),
  /** Every server in that file. */
  servers: z.array(foundServer),
  /** Whether the last change can be undone. */
  undoable: z.boolean(),
  /** What to know or do by hand. */
  note: z.string().optional(),
  /** What the person has still to do, so that the client comes; absent once it was seen. */
  todo: z.string().optional(),
});
export type ConnectTarget = z.infer<typeof connectTarget>;

export const outsideChange = z.object({
  id: z.string(),
  kind: z.enum(['policy', 'settings', 'client']),
  /** Of the policy or the client application; of the settings, "Settings". */
  name: z.string(),
  /** The file that another program changed. */
  path: z.string(),
  seenAt: isoTime,
  /** What the person accepted last; absent: it is new. Tokens are masked. */
  before: json.optional(),
  /** What stands there now; absent: it was taken out. Tokens are masked. */
  after: json.optional(),
  /** Names what stands there now; to be given with the answer, so that nobody accepts what they did not see. */
  digest: z.string(),
});
/** What another program changed and the person has neither taken over nor undone. Until then `before` holds. */
export type OutsideChange = z.infer<typeof outsideChange>;
