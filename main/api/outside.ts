import { LUMA } from '../../shared/server-id.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { type Outside, type OutsideChange, together } from '../base/outside.ts';
import type { Connect } from '../connect/connect.ts';
import type { Greenlight } from '../greenlight.ts';
import type { ApiParts, Handlers } from './parts.ts';
import { elsewhere } from './policies.ts';

/** How many names one sentence holds. */
const NAMES = 3;

/** All that other programs can change: files of Greenlight's own, and its entries in clients' configurations. */
export function allOutside(core: Greenlight, connect: Connect): Outside {
  const { grants } = core;
  const clients = connect.outside({
    mcpUrl: core.mcpUrl,
    now: core.clock.now,
    renew(grant, label, servers) {
      const exchanged = grant === undefined ? undefined : grants.exchange(grant);
      if (grant !== undefined && exchanged) return { grant, ...exchanged };
      const known = [LUMA, ...servers].filter((id) => core.servers.get(id));
      const made = grants.create(label, new Map(known.map((id) => [id, undefined])));
      return {
        grant: made.grant.id,
        token: made.token,
        takeBack: () => void grants.revoke(made.grant.id),
      };
    },
  });
  return together([...core.outside, clients]);
}

/** What other programs changed, wherever they did; it is announced, too. */
export function outsideHandlers({
  core,
  outside,
  views: { iso },
  changed,
}: ApiParts): Pick<Handlers, 'outside.list' | 'outside.decide'> {
  outside.onChange(() => changed('outside'));
  const decide: Outside['decide'] = async (id, digest, answer) => {
    const change = outside.list().find((one) => one.id === id);
    const message =
      answer === 'use' && change?.kind === 'policy'
        ? elsewhere(core, id.replace(/^policy:/, ''), change.after)
        : undefined;
    if (message) throw new UserFacingError('conflict', message);
    await outside.decide(id, digest, answer);
    if (id === 'settings' && answer === 'use') changed('settings');
  };
  core.outsideAnnouncer.follow({ ...outside, decide });

  return {
    'outside.list': () => ({
      changes: outside.list().map(({ seenAt, ...change }) => ({ ...change, seenAt: iso(seenAt) })),
    }),
    async 'outside.decide'({ id, digest, answer }) {
      await decide(id, digest, answer);
      return { done: true };
    },
  };
}

/** What the person is told of what waits: one sentence for files of Greenlight's own, one for clients', or nothing. */
export function outsideProblems(changes: readonly OutsideChange[]): { id: string; message: string }[] {
  const [policies, settings, clients] = (['policy', 'settings', 'client'] as const).map((kind) =>
    changes.filter((change) => change.kind === kind),
  ) as [OutsideChange[], OutsideChange[], OutsideChange[]];
  const own = [...policies, ...settings];
  const sentences = [
    own.length > 0 &&
      `${namesOf(own)} ${own.length === 1 ? 'was' : 'were'} changed outside Greenlight; what you accepted stays in force until you look at ${own.length === 1 ? 'it' : 'them'}.`,
    clients.length > 0 &&
      `What Greenlight wrote into the configuration of ${namesOf(clients)} was changed outside Greenlight.`,
  ].filter((sentence) => sentence !== false);
  return sentences.length === 0 ? [] : [{ id: 'outside', message: sentences.join(' ') }];
}

function namesOf(changes: readonly OutsideChange[]): string {
  const names = changes.slice(0, NAMES).map(({ name }) => `“${name.slice(0, 60)}”`);
  return `${names.join(', ')}${changes.length > NAMES ? ` and ${changes.length - NAMES} more` : ''}`;
}
