/**
 * What a user interface may ask of Greenlight, and what it is told without asking. One table of methods
 * and one of events; the browser host carries them over HTTP, the desktop host over IPC. Both sides check
 * with the same schemas.
 */
import { z } from 'zod';
import {
  activityFilter,
  activityRow,
  allowance,
  approval,
  client,
  connectTarget,
  foundServer,
  id,
  isoTime,
  json,
  jsonObject,
  label,
  limitCounter,
  outsideChange,
  policyError,
  policySummary,
  policyVersion,
  protect,
  rehearsedGroup,
  server,
  serverName,
  signIn,
  slug,
  state,
  tool,
  upstreamStatus,
  video,
} from './contract/shapes.ts';
import { guardSettings, settingsChange, settingsSchema, upstreamSettings } from './settings.ts';
import { categories } from './tool-category.ts';

export type * from './contract/shapes.ts';
export { outcome, would } from './contract/shapes.ts';

const method = <P extends z.ZodType, R extends z.ZodType>(params: P, result: R) => ({ params, result });
const none = z.strictObject({});

const done = z.object({ done: z.literal(true) });

/** An upstream as the person gives it, with its secrets. */
const givenUpstream = {
  sandbox: z.strictObject({ kind: z.literal('sandbox') }),
  http: z.strictObject({
    kind: z.literal('http'),
    url: z.url({ protocol: /^https?$/ }),
    /** Absent: the token already kept for this address, if any. */
    token: z.string().min(1).max(8192).optional(),
    /** What each request has beside the token, by the header's name; absent: what is kept for this address, if any. */
    headers: z.record(z.string(), z.string().max(8192)).optional(),
  }),
  stdio: z.strictObject({
    kind: z.literal('stdio'),
    command: z.string().min(1),
    args: z.array(z.string()),
    env: z.record(z.string(), z.string()).optional(),
    /** The folder it is started in; absent: the person's own. */
    cwd: z.string().min(1).optional(),
  }),
};

/** Any of them, with the members of `more` beside. */
function upstreamWith<M extends z.ZodRawShape>(more: M) {
  const { sandbox, http, stdio } = givenUpstream;
  return z.discriminatedUnion('kind', [sandbox.extend(more), http.extend(more), stdio.extend(more)]);
}

/** The server that is meant; absent: `luma`. */
const ofServer = { server: id.optional() };

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
    /**
     * `servers`: those that it may use, `luma` where it is absent. `policies`: on servers on which it does not follow the
     * default policy; `policyId`: the same for the first of them.
     */
    z.strictObject({
      label,
      policyId: id.optional(),
      servers: z.array(id).min(1).optional(),
      policies: z.record(z.string(), id).optional(),
    }),
    z.object({
      id: z.string(),
      label: z.string(),
      /** Shown this once; only its hash is kept. */
      token: z.string(),
      /** Of the first of its servers. */
      mcpUrl: z.string(),
      policyId: z.string(),
      followsDefault: z.boolean(),
      servers: z.array(z.object({ id: z.string(), mcpUrl: z.string(), policyId: z.string() })),
    }),
  ),
  'clients.update': method(
    z.strictObject({
      id,
      label: label.optional(),
      /** On the first of its servers; `null`: back to the default policy. */
      policyId: id.nullable().optional(),
      /** Those that it may use from now on. */
      servers: z.array(id).min(1).optional(),
      /** By server; `null`: back to the default policy. */
      policies: z.record(z.string(), id.nullable()).optional(),
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
   * `takeOver` (true by default): what reaches Luma past Greenlight goes out of the client's configuration. `protect`:
   * servers that go behind Greenlight, each under its old name. `name`: how a client is called that Greenlight does not know.
   */
  'connect.preview': method(
    z.strictObject({ target: id, takeOver: z.boolean().optional(), protect, name: label.optional() }),
    z.object({
      path: z.string().optional(),
      before: z.string(),
      after: z.string(),
      /** What of `before` goes to the vault: not to be shown unasked. */
      secrets: z.array(z.string()),
      /** What to paste by hand instead. */
      snippet: z.string(),
      notes: z.array(z.string()),
    }),
  ),
  'connect.apply': method(
    z.strictObject({ target: id, takeOver: z.boolean().optional(), protect }),
    z.object({
      path: z.string(),
      backup: z.string().optional(),
      clientId: z.string(),
      /** The servers beside Luma whose entries are Greenlight's now, by id. */
      servers: z.array(z.string()),
      notes: z.array(z.string()),
    }),
  ),
  /** What clients have that Greenlight could stand before, each once: neither Luma nor what is behind it already. */
  'connect.found': method(
    none,
    z.object({
      servers: z.array(
        foundServer.omit({ luma: true, greenlight: true }).extend({
          /** The clients that have it, by name. */
          in: z.array(z.string()),
          /** One of them, for `connect.take`. */
          target: z.string(),
          /** The server of Greenlight's that it is already. */
          known: z.string().optional(),
        }),
      ),
    }),
  ),
  /** Adds a server that a client has to Greenlight, with its secrets; the client's configuration stays as it is. */
  'connect.take': method(z.strictObject({ target: id, at: z.string().max(2000) }), server),
  /** The bundle for Claude Desktop, to be saved as a file: `content` in base64. No token is in it. */
  'connect.bundle': method(none, z.object({ filename: z.string(), content: z.string() })),
  /** `backup`: the one that stays, where the file was changed since Greenlight changed it. */
  'connect.undo': method(
    z.strictObject({ target: id }),
    z.object({ path: z.string(), backup: z.string().optional() }),
  ),

  'servers.list': method(none, z.object({ servers: z.array(server) })),
  /** Nobody may use it yet. Without `policyId` it starts with a policy of its own, which asks before it changes anything. */
  'servers.add': method(
    upstreamWith({ name: serverName, id: slug.optional(), policyId: id.optional() }),
    server,
  ),
  'servers.update': method(
    z.union([
      z.strictObject({ id, name: serverName.optional(), policyId: id.optional() }),
      upstreamWith({ id, name: serverName.optional(), policyId: id.optional() }),
    ]),
    server,
  ),
  /** It goes with its secrets, and no client may use it any more. What was logged stays. */
  'servers.remove': method(z.strictObject({ id }), done),
  'servers.test': method(z.strictObject({ id }), server),
  /** What the calls of this local day cost, by server; those on which nothing was spent are left out. */
  'servers.spent': method(
    none,
    z.object({ spent: z.array(z.object({ server: z.string(), cost: z.number() })) }),
  ),

  'upstream.get': method(
    z.strictObject(ofServer),
    z.object({
      settings: upstreamSettings,
      hasToken: z.boolean(),
      status: upstreamStatus,
      /** Of an HTTP upstream: whether the person signed in to it (OAuth), in place of a token. */
      signIn: signIn.optional(),
    }),
  ),
  'upstream.set': method(upstreamWith(ofServer), upstreamStatus),
  /**
   * Takes the token of the upstream, or its sign-in (of a command: the values of its variables), out of the vault, and out
   * of the connection that uses it.
   */
  'upstream.forgetToken': method(
    z.strictObject(ofServer),
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
  'upstream.signIn': method(z.strictObject(ofServer), z.object({ page: z.url({ protocol: /^https?$/ }) })),
  'upstream.test': method(z.strictObject(ofServer), upstreamStatus),
  'upstream.tools': method(z.strictObject(ofServer), z.object({ tools: z.array(tool) })),
  /** Accepts tools as they are shown in `change`. Refused as a whole when one of them has changed again since. */
  'upstream.acceptTools': method(
    z.strictObject({
      ...ofServer,
      tools: z.array(z.strictObject({ name: z.string(), digest: z.string() })).min(1),
    }),
    done,
  ),

  /** The person says what a tool does, as it is defined now; `null`: what its definition tells is right. */
  'upstream.correctTool': method(
    z.strictObject({
      ...ofServer,
      name: z.string(),
      digest: z.string(),
      category: z.enum(categories).nullable(),
    }),
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
      server: z.string().optional(),
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
      /** Calls and cost per local day of the last 30, oldest first; of the client and the server that were asked for. */
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
      'servers',
    ]),
  }),
} as const;
export type Events = { [E in keyof typeof events]: z.output<(typeof events)[E]> };
export type EventName = keyof Events;

/** How a failed method answers. */
export const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
