/**
 * What a user interface may ask of Greenlight, and what it is told without asking. One table of methods
 * and one of events; the browser host carries them over HTTP, the desktop host over IPC. Both sides check
 * with the same schemas.
 */
import { z } from 'zod';
import { isJson, isJsonObject, type Json, type JsonObject } from './json.ts';
import { guardSettings, settingsChange, settingsSchema, upstreamSettings } from './settings.ts';

// Not z.json() and z.record(): they drop members called __proto__, and a person must see all of what runs.
const json = z.custom<Json>(isJson, 'must be JSON');
const jsonObject = z.custom<JsonObject>(
  (value) => isJsonObject(value) && isJson(value),
  'must be a JSON object',
);
const isoTime = z.iso.datetime();
const id = z.string().min(1).max(200);
const label = z.string().trim().min(1).max(100);

/** Where the upstream stands. `starting`: it has not answered yet. */
const upstreamStatus = z.object({
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

/** How the person's sign-in to the upstream stands. `waiting`: in their browser. `over`: to be done again. */
const signIn = z.object({
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

const state = z.object({
  guard: guardSettings,
  upstream: upstreamStatus,
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

const approval = z.object({
  id: z.string(),
  state: approvalState,
  client: clientRef,
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

const allowance = z.object({
  id: z.string(),
  /** `block`: the client is refused everything for a while. */
  effect: z.enum(['allow', 'block']),
  client: clientRef,
  /** Absent on a block, which covers every tool. */
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

const limitCounter = z.object({
  id: z.string(),
  /** The counter's name in the policy. */
  counter: z.string(),
  scope: z.enum(['grant', 'session', 'all']),
  /** Whose it is; absent with the scope `all`. */
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

const policyError = z.object({ pointer: z.string(), message: z.string() });
export type PolicyErrorRow = z.infer<typeof policyError>;

const policySummary = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number().int(),
  description: z.string().optional(),
  updatedAt: isoTime,
  isDefault: z.boolean(),
  /** Labels of the grants that follow it. */
  usedBy: z.array(z.string()),
  /** What is wrong with the file on disk; the last accepted version is in force meanwhile. */
  errors: z.array(policyError),
});
export type PolicySummary = z.infer<typeof policySummary>;

const policyVersion = z.object({ version: z.number().int(), createdAt: isoTime, document: json });

const client = z.object({
  id: z.string(),
  label: z.string(),
  /** The policy that judges its calls now. */
  policyId: z.string(),
  /** Whether that is because it is the default one: the client then follows whatever is the default. */
  followsDefault: z.boolean(),
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

const activityRow = z.object({
  id: z.string(),
  at: isoTime,
  client: clientRef,
  session: z.string().optional(),
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

const rehearsedGroup = z.object({
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

const activityFilter = z.object({
  client: z.string().optional(),
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

const video = z.object({
  /** The upstream's task id. */
  taskId: z.string(),
  videoId: z.string().optional(),
  state: z.enum(['pending', 'completed', 'failed']),
  prompt: z.string().optional(),
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

const tool = z.object({
  name: z.string(),
  /** How the upstream calls it before people. */
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: jsonObject,
  category: z.enum(['Read', 'Write', 'Other']),
  risk: z.enum(['low', 'medium', 'unknown']),
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

const connectTarget = z.object({
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
  /** Whether that file already names this Greenlight. */
  connected: z.boolean(),
  /** Names of entries in it that reach Luma directly, past Greenlight. */
  direct: z.array(z.string()),
  /** Whether the last change can be undone. */
  undoable: z.boolean(),
  /** What to know or do by hand. */
  note: z.string().optional(),
  /** What the person has still to do, so that the client comes; absent once it was seen. */
  todo: z.string().optional(),
});
export type ConnectTarget = z.infer<typeof connectTarget>;

const outsideChange = z.object({
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

const method = <P extends z.ZodType, R extends z.ZodType>(params: P, result: R) => ({ params, result });
const none = z.strictObject({});

const done = z.object({ done: z.literal(true) });

/**
 * Every method: its parameters and its answer. A list comes to about a million characters at most: where it would be
 * more, its largest entries are cut, and say so.
 */
export const methods = {
  'state.get': method(none, state),
  /** What the wall clock shows where Greenlight runs: a window may be elsewhere, and goes by that. */
  'clock.get': method(none, z.object({ now: isoTime })),
  'guard.set': method(z.strictObject({ mode: guardSettings.shape.mode, until: isoTime.optional() }), state),

  'approvals.list': method(
    z.strictObject({ answered: z.boolean().optional() }),
    z.object({ approvals: z.array(approval) }),
  ),
  /** One approval, whole. */
  'approvals.get': method(z.strictObject({ id }), approval),
  'approvals.decide': method(
    z.strictObject({
      id,
      answer: z.enum(['allow', 'deny']),
      for: z.enum(['once', 'next-3', 'up-to', '15m', 'quit', 'block-15m']).optional(),
      /** Goes with `up-to`: cost in the person's unit. */
      upTo: z.number().positive().optional(),
      /** What a lasting permission is for; absent: every call of the tool. */
      only: z.enum(['call', 'hosts']).optional(),
      reason: z.string().max(2000).optional(),
      arguments: jsonObject.optional(),
      /** Absent: in the window. */
      by: z.enum(['tray', 'command line']).optional(),
    }),
    approval,
  ),

  /** The person reads these now; said every few seconds. Their time stands still meanwhile, for ten minutes in all. */
  'approvals.read': method(z.strictObject({ ids: z.array(id).max(50) }), done),

  'allowances.list': method(none, z.object({ allowances: z.array(allowance) })),
  'allowances.revoke': method(z.strictObject({ id }), done),

  /**
   * What the limits of the policies in use have counted: one entry for each counter and limit. A limit on all clients
   * together has one also while nothing counts.
   */
  'limits.list': method(none, z.object({ counters: z.array(limitCounter) })),
  /** Sets a counter back to zero; what is open still counts. */
  'limits.reset': method(z.strictObject({ id }), done),

  /** What other programs changed and the person has not answered, oldest first. */
  'outside.list': method(none, z.object({ changes: z.array(outsideChange) })),
  /** `use`: what stands there now holds from now on; `keep`: what was accepted is written back. */
  'outside.decide': method(
    z.strictObject({ id, digest: z.string().max(200), answer: z.enum(['use', 'keep']) }),
    done,
  ),

  'policies.list': method(none, z.object({ policies: z.array(policySummary) })),
  'policies.get': method(
    z.strictObject({ id, version: z.number().int().positive().optional() }),
    z.object({
      id: z.string(),
      name: z.string(),
      version: z.number().int(),
      document: json,
      path: z.string(),
    }),
  ),
  'policies.save': method(
    z.strictObject({ id: id.optional(), name: label, document: json }),
    z.union([
      z.object({ id: z.string(), version: z.number().int() }),
      z.object({ errors: z.array(policyError) }),
    ]),
  ),
  'policies.validate': method(
    z.strictObject({ document: json }),
    z.object({ valid: z.boolean(), errors: z.array(policyError) }),
  ),
  'policies.simulate': method(
    z.strictObject({ document: json, tool: z.string(), arguments: jsonObject }),
    z.object({ outcome: z.enum(['allow', 'deny', 'ask']), rule: z.string(), message: z.string().optional() }),
  ),
  /**
   * What a policy would have done with the calls of the last seven days, saved or not. Calls of one approval are one.
   * Nothing is counted, asked or sent.
   */
  'policies.rehearse': method(
    /** `id`: the policy that it is, or is to become: the calls are those of the clients that follow it. */
    z.strictObject({ document: json, id: id.optional() }),
    z.object({
      calls: z.number().int(),
      /** When the oldest of them was asked. */
      from: isoTime.optional(),
      /** There are older ones of these seven days: only the newest were read. */
      cut: z.literal(true).optional(),
      /** When the first call was asked that counts toward its limits; absent where it has none. */
      countsFrom: isoTime.optional(),
      /** Labels of the clients whose calls they are; absent: all, for none follows the policy. */
      clients: z.array(z.string()).optional(),
      groups: z.array(rehearsedGroup),
    }),
  ),
  /** The newest versions; older ones, where the documents are large, by `policies.get`. */
  'policies.history': method(z.strictObject({ id }), z.object({ versions: z.array(policyVersion) })),
  'policies.restore': method(
    z.strictObject({ id, version: z.number().int().positive() }),
    z.object({ id: z.string(), version: z.number().int() }),
  ),
  'policies.delete': method(z.strictObject({ id }), done),

  'clients.list': method(none, z.object({ clients: z.array(client) })),
  'clients.create': method(
    /** Without `policyId` it follows the default policy. */
    z.strictObject({ label, policyId: id.optional() }),
    z.object({
      id: z.string(),
      label: z.string(),
      /** Shown this once; only its hash is kept. */
      token: z.string(),
      mcpUrl: z.string(),
      policyId: z.string(),
      followsDefault: z.boolean(),
    }),
  ),
  'clients.update': method(
    z.strictObject({
      id,
      label: label.optional(),
      /** `null`: back to the default policy. */
      policyId: id.nullable().optional(),
      /** `null`: none. */
      watchedPolicyId: id.nullable().optional(),
      holdSeconds: z.number().int().min(0).max(3600).optional(),
    }),
    client,
  ),
  'clients.revoke': method(z.strictObject({ id }), done),
  /** Denies every call of the client, also those that wait now, until it is resumed. */
  'clients.pause': method(z.strictObject({ id }), client),
  /** Ends the pause, and a block of the client. */
  'clients.resume': method(z.strictObject({ id }), client),
  'clients.rotate': method(
    z.strictObject({ id }),
    z.object({ id: z.string(), token: z.string(), mcpUrl: z.string() }),
  ),

  'connect.targets': method(none, z.object({ targets: z.array(connectTarget) })),
  /**
   * `takeOver` (true by default): what reaches Luma past Greenlight goes out of the client's configuration. `name`: how
   * a client is called that Greenlight does not know.
   */
  'connect.preview': method(
    z.strictObject({ target: id, takeOver: z.boolean().optional(), name: label.optional() }),
    z.object({
      path: z.string().optional(),
      before: z.string(),
      after: z.string(),
      /** What to paste by hand instead. */
      snippet: z.string(),
      notes: z.array(z.string()),
    }),
  ),
  'connect.apply': method(
    z.strictObject({ target: id, takeOver: z.boolean().optional() }),
    z.object({
      path: z.string(),
      backup: z.string().optional(),
      clientId: z.string(),
      notes: z.array(z.string()),
    }),
  ),
  /** The bundle for Claude Desktop, to be saved as a file: `content` in base64. No token is in it. */
  'connect.bundle': method(none, z.object({ filename: z.string(), content: z.string() })),
  'connect.undo': method(z.strictObject({ target: id }), z.object({ path: z.string() })),

  'upstream.get': method(
    none,
    z.object({
      settings: upstreamSettings,
      hasToken: z.boolean(),
      status: upstreamStatus,
      /** Of an HTTP upstream: whether the person signed in to it (OAuth), in place of a token. */
      signIn: signIn.optional(),
    }),
  ),
  'upstream.set': method(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('sandbox') }),
      z.strictObject({
        kind: z.literal('http'),
        url: z.url({ protocol: /^https?$/ }),
        /** Absent: the token already kept for this address, if any. */
        token: z.string().min(1).max(8192).optional(),
      }),
      z.strictObject({
        kind: z.literal('stdio'),
        command: z.string().min(1),
        args: z.array(z.string()),
        env: z.record(z.string(), z.string()).optional(),
      }),
    ]),
    upstreamStatus,
  ),
  /**
   * Takes the token of the upstream, or its sign-in (of a command: the values of its variables), out of the vault, and out
   * of the connection that uses it.
   */
  'upstream.forgetToken': method(
    none,
    z.object({
      /** What is the case now, for the person. */
      message: z.string(),
      status: upstreamStatus,
    }),
  ),
  /**
   * Begins to sign in to the HTTP upstream in use: the page that the person is to open. What comes of it shows in
   * `upstream.get`, once `upstream` has changed.
   */
  'upstream.signIn': method(none, z.object({ page: z.url({ protocol: /^https?$/ }) })),
  'upstream.test': method(none, upstreamStatus),
  'upstream.tools': method(none, z.object({ tools: z.array(tool) })),
  /** Accepts tools as they are shown in `change`. Refused as a whole when one of them has changed again since. */
  'upstream.acceptTools': method(
    z.strictObject({ tools: z.array(z.strictObject({ name: z.string(), digest: z.string() })).min(1) }),
    done,
  ),

  'activity.query': method(
    activityFilter.extend({
      limit: z.number().int().min(1).max(1000).optional(),
      /** The `next` of an earlier answer. */
      before: z.string().optional(),
      /** How many rows to pass over first, to seek far down a long list. */
      skip: z.number().int().min(0).optional(),
    }),
    z.object({
      rows: z.array(activityRow),
      next: z.string().optional(),
      /** How many rows match; only counted on the first page (without `before`), and with a filter only to 1,000. */
      total: z.number().int().optional(),
      /** There are more than `total`. */
      more: z.literal(true).optional(),
    }),
  ),
  /** One row, whole. */
  'activity.get': method(z.strictObject({ id }), activityRow),
  'activity.export': method(
    activityFilter.extend({
      format: z.enum(['csv', 'jsonl']),
      /** The `next` of an earlier piece. */
      before: z.string().optional(),
    }),
    /** One piece of the file: ask again with `next` until there is none, so that nothing holds all of it. */
    z.object({ filename: z.string(), content: z.string(), next: z.string().optional() }),
  ),
  'activity.verify': method(
    none,
    z.object({
      valid: z.boolean(),
      /** Rows looked at. */
      rows: z.number().int(),
      /** What does not fit, when it is not valid. */
      message: z.string().optional(),
      /** When the oldest of them was asked; only where older ones were pruned. */
      from: z.iso.datetime().optional(),
    }),
  ),
  /** What the database uses now, in bytes, and when the oldest call of the log was asked. */
  'activity.kept': method(none, z.object({ bytes: z.number().int(), from: z.iso.datetime().optional() })),

  /** What a report of a problem needs, as text: no secrets, no addresses, nothing of what calls said. */
  'diagnostics.get': method(none, z.object({ text: z.string() })),

  'videos.list': method(
    z.strictObject({
      /** A grant's id. */
      client: z.string().optional(),
      /** Found in the prompt, or the task's or the video's id. */
      text: z.string().max(500).optional(),
      since: isoTime.optional(),
      until: isoTime.optional(),
      /** Only those that cost as much, or more. */
      minCost: z.number().min(0).optional(),
      /** `newest` where it is not said. */
      sort: z.enum(['newest', 'dearest']).optional(),
      limit: z.number().int().min(1).max(500).optional(),
      /** The `next` of an earlier answer to the same question. */
      before: z.string().optional(),
    }),
    z.object({
      videos: z.array(video),
      next: z.string().optional(),
      /** Calls and cost per local day of the last 30, oldest first; of the client that was asked for. */
      days: z.array(z.object({ day: z.string(), calls: z.number().int(), cost: z.number() })),
    }),
  ),

  /** Snoozes notifications until then, or, without it, ends that now. The settings say what becomes of questions. */
  'notifier.snooze': method(z.strictObject({ until: isoTime.optional() }), state),
  /** Shows a test notification; answers once the person has dealt with it, or it went away. */
  'notifier.test': method(none, z.object({ response: z.enum(['allow', 'deny', 'open', 'closed']) })),

  /**
   * Where the phone listens: its topic is a secret of its own. Made when it is first asked for. `mayAllow`: whether it can
   * allow calls, where the person chooses so: not while the topic is kept in a file.
   */
  'phone.get': method(none, z.object({ topic: z.string(), mayAllow: z.boolean() })),
  /** Sends a test to the phone; answers once the server has taken it. */
  'phone.test': method(none, done),
  /** A new topic; whoever knows the old one is told nothing more. */
  'phone.renew': method(none, z.object({ topic: z.string() })),

  'settings.get': method(none, settingsSchema),
  'settings.set': method(settingsChange, settingsSchema),

  'demo.call': method(
    z.strictObject({ tool: z.string().optional(), arguments: jsonObject.optional() }),
    z.object({
      /** What the agent would have read. */
      text: z.string(),
      isError: z.boolean(),
    }),
  ),
} as const;

type Methods = typeof methods;
export type MethodName = keyof Methods;
export type Params<M extends MethodName> = z.input<Methods[M]['params']>;
export type ParsedParams<M extends MethodName> = z.output<Methods[M]['params']>;
export type Result<M extends MethodName> = z.output<Methods[M]['result']>;

/** Every event. `changed` names what to ask for again. */
export const events = {
  state,
  approval,
  activity: activityRow,
  changed: z.object({
    /** `activity`: so many rows were written that they are not told one by one. */
    what: z.enum([
      'policies',
      'activity',
      'clients',
      'allowances',
      'videos',
      'upstream',
      'settings',
      'limits',
      'outside',
    ]),
  }),
} as const;
export type Events = { [E in keyof typeof events]: z.output<(typeof events)[E]> };
export type EventName = keyof Events;

/** How a failed method answers. */
export const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
