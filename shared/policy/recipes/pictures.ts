import type { Json } from '../../json.ts';
import { objectOf } from '../edit.ts';
import { denialsBy, isOnlyHosts, listIn, onlyHosts, type Recipe, setConditions } from './recipe.ts';

/** The arguments of Luma's tools that hold the address of a picture. */
const NAMES = ['start_image_url', 'end_image_url'];

const isOwn = (each: Json) => isOnlyHosts(each, NAMES);

/** Pictures only from these hosts; without a host, none from an address. */
export const pictures: Recipe<{ hosts: readonly string[] }> = {
  recognise(document) {
    const found = denialsBy(document, NAMES);
    if (found.length === 0) return { kind: 'off' };
    const [first] = found.flatMap(({ value }) => (isOnlyHosts(value, NAMES) ? [value.value] : []));
    const strange = found.find(
      ({ place, part, value }) =>
        place !== 'all_tools' ||
        part !== 'require' ||
        !isOnlyHosts(value, NAMES) ||
        JSON.stringify(value.value) !== JSON.stringify(first),
    );
    const one = (name: string) => found.filter(({ value }) => value.path === `args.${name}`).length === 1;
    return strange === undefined && first !== undefined && NAMES.every(one)
      ? { kind: 'on', value: { hosts: first } }
      : { kind: 'custom', at: (strange ?? found[0])?.at ?? '' };
  },

  apply(document, value) {
    if (pictures.recognise(document).kind === 'custom') return objectOf(document);
    const now = listIn(document, 'all_tools', 'require').filter(isOwn);
    const next = (name: string) =>
      onlyHosts(
        name,
        value?.hosts ?? [],
        now.find(({ path }) => path === `args.${name}`),
      );
    return setConditions(document, 'require', isOwn, value === undefined ? [] : NAMES.map(next));
  },
};
