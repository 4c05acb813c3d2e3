import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { ApiParts, Handlers } from './parts.ts';

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
    'outside.decide'({ id, digest, answer }) {
      const place = places.find((one) => one.list().some((change) => change.id === id));
      if (!place) {
        throw new UserFacingError(
          'not_found',
          'Nothing of that kind waits any more. It may have been answered already, or changed back.',
        );
      }
      place.decide(id, digest, answer);
      return { done: true };
    },
  };
}
