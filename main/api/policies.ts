import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../shared/json.ts';
import { freeName } from '../../shared/policy/edit.ts';
import {
  askBeforeItChanges,
  type CompiledPolicy,
  evaluate,
  minuteOfWeek,
  parsePolicy,
} from '../../shared/policy/index.ts';
import { LUMA } from '../../shared/server-id.ts';
import { serversOf } from '../../shared/servers.ts';
import type { ServerSettings } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Grant } from '../ledger/grants.ts';
import type { Policies } from '../policies/policies.ts';
import { policyOn } from './find-server.ts';
import type { ApiParts, Handlers } from './parts.ts';

/** How far back a policy is rehearsed (ms). */
const REHEARSED = 7 * 86_400_000;

/** Throws a {@link UserFacingError} unless the policy `id` is in force, for `server`; nothing is asked of none. */
export function checkPolicy(
  policies: Pick<Policies, 'inForce'>,
  id: string | null | undefined,
  server: string,
): void {
  if (id === undefined || id === null) return;
  const found = policies.inForce(id);
  if (!found) {
    throw new UserFacingError(
      'invalid',
      `There is no valid policy "${id}". Choose another one, or mend it on the page Policies.`,
    );
  }
  if (found.policy.server === server) return;
  throw new UserFacingError(
    'invalid',
    `The policy “${found.name}” is for the server “${found.policy.server}”, and says nothing of the tools of “${server}”. Choose one that is for that server.`,
  );
}

/**
 * The policy with which a new server starts, and whether it was made now: one that was called so before may have left it.
 * Throws a {@link UserFacingError}.
 */
export function firstPolicyOf(
  policies: Policies,
  { id, name }: { id: string; name: string },
): { id: string; made: boolean } {
  const document: Json = askBeforeItChanges(id, name);
  const left = policies
    .list()
    .find((policy) => isDeepStrictEqual(policies.inForce(policy.id)?.document, document));
  if (left) return { id: left.id, made: false };
  const taken = policies.list().map((policy) => policy.name);
  const saved = policies.save({
    name: freeName(`${name}: ask before it changes anything`, taken),
    document,
  });
  if ('id' in saved) return { id: saved.id, made: true };
  throw new UserFacingError('internal', `No policy could be made for it: ${saved.errors[0]?.message ?? ''}`);
}

/** Why the policy `id` must not become `document`: where it is in use nothing would judge then. `undefined`: it may. */
export function elsewhere(
  core: ApiParts['core'],
  id: string,
  document: Json | undefined,
): string | undefined {
  const before = core.policies.inForce(id)?.policy.server;
  const parsed = document !== undefined && parsePolicy(document);
  if (before === undefined || !parsed || !parsed.ok || parsed.policy.server === before) return undefined;
  if (followersOf(core, id).length === 0 && !serverThatDefaultsTo(core, id)) return undefined;
  return `This policy is in use on the server “${before}”, where nothing would judge then. Save it as a new one, for “${parsed.policy.server}”.`;
}

/** The clients, revoked ones too, of which some calls are judged by the policy `id`. */
function followersOf(core: ApiParts['core'], id: string): Grant[] {
  return core.grants
    .list()
    .filter((grant) => [...grant.servers.keys()].some((on) => policyOn(core, grant, on).policyId === id));
}

function serverThatDefaultsTo({ settings }: ApiParts['core'], id: string): ServerSettings | undefined {
  return serversOf(settings.get()).find(({ policyId }) => policyId === id);
}

export function policyHandlers({
  core,
  views: { iso },
}: ApiParts): Pick<
  Handlers,
  | 'policies.list'
  | 'policies.get'
  | 'policies.save'
  | 'policies.validate'
  | 'policies.simulate'
  | 'policies.rehearse'
  | 'policies.history'
  | 'policies.restore'
  | 'policies.delete'
> {
  const { policies, grants, settings, servers, clock, log } = core;
  const followers = (id: string) => followersOf(core, id);
  const defaultOf = (id: string) => serverThatDefaultsTo(core, id)?.name;
  const usedBy = (id: string) =>
    followers(id)
      .filter((grant) => grant.revokedAt === undefined)
      .map((grant) => grant.label);

  /** The tools that `server` offers now. */
  function toolsNow(server: string) {
    const connection = servers.get(server)?.connection;
    return new Map(
      (connection?.tools() ?? []).flatMap(({ name }) => {
        const tool = connection?.find(name);
        if (tool === undefined || typeof tool === 'string') return [];
        return [[name, { inputSchema: tool.inputSchema, category: tool.category }] as const];
      }),
    );
  }

  return {
    'policies.list': () => ({
      policies: policies.list().map((policy) => ({
        ...policy,
        updatedAt: iso(policy.updatedAt),
        isDefault: defaultOf(policy.id) !== undefined,
        server: policies.inForce(policy.id)?.policy.server ?? LUMA,
        usedBy: usedBy(policy.id),
      })),
    }),
    'policies.get'({ id, version }) {
      const policy = policies.get(id, version);
      if (policy) return policy;
      const what = version === undefined ? `policy "${id}"` : `version ${version} of the policy "${id}"`;
      throw new UserFacingError('not_found', `There is no ${what}.`);
    },
    'policies.save'(policy) {
      const message = policy.id && elsewhere(core, policy.id, policy.document);
      return message ? { errors: [{ pointer: '/server', message }] } : policies.save(policy);
    },
    'policies.validate'({ document }) {
      const parsed = parsePolicy(document);
      return parsed.ok ? { valid: true, errors: [] } : { valid: false, errors: parsed.errors };
    },
    'policies.simulate'({ document, tool, arguments: args }) {
      const policy = validPolicy(document);
      const known = servers.get(policy.server)?.connection.find(tool) ?? 'unread';
      if (known === 'absent') {
        return { outcome: 'deny', rule: '(unknown tool)', message: 'The upstream does not offer this tool.' };
      }
      const verdict = evaluate(policy, {
        tool,
        arguments: args,
        inputSchema: known === 'unread' ? undefined : known.inputSchema,
        category: known === 'unread' ? undefined : known.category,
        guard: 'policy',
        minuteOfWeek: minuteOfWeek(clock.toWall(clock.now())),
      });
      return {
        outcome: verdict.outcome === 'hidden' ? 'deny' : verdict.outcome,
        rule: verdict.rule,
        ...(verdict.message !== '' && { message: verdict.message }),
      };
    },
    async 'policies.rehearse'({ document, id }, signal) {
      const { server } = validPolicy(document);
      const clients = id === undefined ? [] : followers(id);
      const now = clock.now();
      // That the clock was set is noted before the log is read by what is noted of it.
      clock.toWall(now);
      const asked = {
        document,
        since: now - REHEARSED,
        grants: clients.length === 0 ? undefined : clients.map((grant) => grant.id),
        tools: toolsNow(server),
        costUnit: settings.get().costUnit,
      };
      const rehearsed = await log.ask('rehearse', asked, signal);
      const labels = new Set(clients.map(({ label }) => label));
      return { ...rehearsed, ...(labels.size > 0 && { clients: [...labels] }) };
    },
    'policies.history': ({ id }) => ({
      versions: policies.history(id).map((version) => ({ ...version, createdAt: iso(version.createdAt) })),
    }),
    'policies.restore'({ id, version }) {
      const message = elsewhere(core, id, policies.get(id, version)?.document);
      if (message) throw new UserFacingError('conflict', message);
      return policies.restore(id, version);
    },
    'policies.delete'({ id }) {
      const server = defaultOf(id);
      if (server !== undefined) {
        throw new UserFacingError(
          'conflict',
          `This is the default policy${servers.list().length > 1 ? ` of ${server}` : ''}. Make another one the default first.`,
        );
      }
      const users = usedBy(id);
      if (users.length > 0) {
        throw new UserFacingError(
          'conflict',
          `${users.join(', ')} follow this policy. Give them another one first.`,
        );
      }
      const watchers = grants.list().filter((grant) => !grant.revokedAt && grant.watchedPolicyId === id);
      if (watchers.length > 0) {
        const labels = watchers.map(({ label }) => label).join(', ');
        throw new UserFacingError(
          'conflict',
          `This policy is watched for ${labels}. Have another one watched, or none, at Clients.`,
        );
      }
      policies.delete(id);
      return { done: true };
    },
  };
}

function validPolicy(document: Json): CompiledPolicy {
  const parsed = parsePolicy(document);
  if (parsed.ok) return parsed.policy;
  const [first] = parsed.errors;
  throw new UserFacingError(
    'invalid',
    `The policy is not valid: ${first?.pointer || 'document'}: ${first?.message}`,
  );
}
