import { nothingWaits, type OutsideChange } from '../base/outside.ts';
import type { ApiParts, Handlers } from './parts.ts';

/** How many names one sentence holds. */
const NAMES = 3;

/** What other programs changed, wherever they did. */
export function outsideHandlers({
  core,
  views: { iso },
  changed,
}: ApiParts): Pick<Handlers, 'outside.list' | 'outside.decide'> {
  const places = core.outside;
  for (const place of places) place.onChange(() => changed('outside'));

  return {
    'outside.list': () => ({
      changes: places
        .flatMap((place) => place.list())
        .sort((a, b) => a.seenAt - b.seenAt)
        .map(({ seenAt, ...change }) => ({ ...change, seenAt: iso(seenAt) })),
    }),
    async 'outside.decide'({ id, digest, answer }) {
      for (const place of places) {
        const change = place.list().find((one) => one.id === id);
        if (!change) continue;
        await place.decide(id, digest, answer);
        if (change.kind === 'settings' && answer === 'use') changed('settings');
        return { done: true };
      }
      throw nothingWaits();
    },
  };
}

/** What the person is told of files of Greenlight's own that wait: one sentence, or nothing. */
export function outsideProblems(changes: readonly OutsideChange[]): { id: string; message: string }[] {
  const own = changes.filter(({ kind }) => kind !== 'client');
  if (own.length === 0) return [];
  const names = own.slice(0, NAMES).map(({ name }) => `“${name.slice(0, 60)}”`);
  const more = own.length > NAMES ? ` and ${own.length - NAMES} more` : '';
  const [were, them] = own.length === 1 ? ['was', 'it'] : ['were', 'them'];
  return [
    {
      id: 'outside',
      message: `${names.join(', ')}${more} ${were} changed outside Greenlight; what you accepted stays in force until you look at ${them}.`,
    },
  ];
}
