import type { Json } from '../../shared/json.ts';
import { type CompiledPolicy, evaluate, minuteOfWeek, parsePolicy } from '../../shared/policy/index.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Policies } from '../policies/policies.ts';
import type { ApiParts, Handlers } from './parts.ts';

/** How far back a policy is rehearsed (ms). */
const REHEARSED = 7 * 86_400_000;

/** Throws a {@link UserFacingError} unless the policy `id` is in force; nothing is asked of none. */
export function checkPolicy(policies: Pick<Policies, 'inForce'>, id: string | null | undefined): void {
  if (id === undefined || id === null || policies.inForce(id)) return;
  throw new UserFacingError(
    'invalid',
    `There is no valid policy "${id}". Choose another one, or mend it on the page Policies.`,
  );
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
  const { policies, grants, settings, connection, clock, log } = core;
  const followers = (id: string) =>
    grants.list().filter((grant) => (grant.policyId ?? settings.get().defaultPolicyId) === id);
  const usedBy = (id: string) =>
    followers(id)
      .filter((grant) => grant.revokedAt === undefined)
      .map((grant) => grant.label);

  return {
    'policies.list': () => ({
      policies: policies.list().map((policy) => ({
        ...policy,
        updatedAt: iso(policy.updatedAt),
        isDefault: policy.id === settings.get().defaultPolicyId,
        usedBy: usedBy(policy.id),
      })),
    }),
    'policies.get'({ id, version }) {
      const policy = policies.get(id, version);
      if (policy) return policy;
      const what = version === undefined ? `policy "${id}"` : `version ${version} of the policy "${id}"`;
      throw new UserFacingError('not_found', `There is no ${what}.`);
    },
    'policies.save': (policy) => policies.save(policy),
    'policies.validate'({ document }) {
      const parsed = parsePolicy(document);
      return parsed.ok ? { valid: true, errors: [] } : { valid: false, errors: parsed.errors };
    },
    'policies.simulate'({ document, tool, arguments: args }) {
      const policy = validPolicy(document);
      const known = connection.find(tool);
      if (known === 'absent') {
        return { outcome: 'deny', rule: '(unknown tool)', message: 'The upstream does not offer this tool.' };
      }
      const verdict = evaluate(policy, {
        tool,
        arguments: args,
        inputSchema: known === 'unread' ? undefined : known.inputSchema,
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
      validPolicy(document);
      const clients = id === undefined ? [] : followers(id);
      const now = clock.now();
      // That the clock was set is noted before the log is read by what is noted of it.
      clock.toWall(now);
      const asked = {
        document,
        since: now - REHEARSED,
        grants: clients.length === 0 ? undefined : clients.map((grant) => grant.id),
        schemas: new Map(connection.tools().map(({ name, inputSchema }) => [name, inputSchema])),
        costUnit: settings.get().costUnit,
      };
      const rehearsed = await log.ask('rehearse', asked, signal);
      const labels = new Set(clients.map(({ label }) => label));
      return { ...rehearsed, ...(labels.size > 0 && { clients: [...labels] }) };
    },
    'policies.history': ({ id }) => ({
      versions: policies.history(id).map((version) => ({ ...version, createdAt: iso(version.createdAt) })),
    }),
    'policies.restore': ({ id, version }) => policies.restore(id, version),
    'policies.delete'({ id }) {
      if (id === settings.get().defaultPolicyId) {
        throw new UserFacingError(
          'conflict',
          'This is the default policy. Make another one the default first.',
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
