import { evaluate, parsePolicy } from '../../shared/policy/index.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { ApiParts, Handlers } from './parts.ts';

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
  | 'policies.history'
  | 'policies.restore'
  | 'policies.delete'
> {
  const { policies, grants, settings, connection } = core;
  const usedBy = (id: string) =>
    grants
      .list()
      .filter((grant) => grant.revokedAt === undefined)
      .filter((grant) => (grant.policyId ?? settings.get().defaultPolicyId) === id)
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
      const parsed = parsePolicy(document);
      if (!parsed.ok) {
        const first = parsed.errors[0];
        throw new UserFacingError(
          'invalid',
          `The policy is not valid: ${first?.pointer || 'document'}: ${first?.message}`,
        );
      }
      const known = connection.find(tool);
      if (known === 'absent') {
        return { outcome: 'deny', rule: '(unknown tool)', message: 'The upstream does not offer this tool.' };
      }
      const verdict = evaluate(parsed.policy, {
        tool,
        arguments: args,
        inputSchema: known === 'unread' ? undefined : known.inputSchema,
        guard: 'policy',
      });
      return {
        outcome: verdict.outcome === 'hidden' ? 'deny' : verdict.outcome,
        rule: verdict.rule,
        ...(verdict.message !== '' && { message: verdict.message }),
      };
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
      policies.delete(id);
      return { done: true };
    },
  };
}
