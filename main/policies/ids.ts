import { dashed } from '../../shared/dashed.ts';

/** Names that Windows keeps for devices, whatever extension follows. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/** What an id may look like, for people. */
export const ID_RULE =
  'at most 64 lower-case letters (a to z), digits and dashes, with no dash at the start, and not a name Windows keeps for itself (con, nul, com1, ...)';

/** Whether `id` can name a policy. It is the name of a file too, so nothing in it can lead elsewhere. */
export function isPolicyId(id: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,63}$/.test(id) && !DEVICE.test(id);
}

/** An id that reads like `name` and that `taken` does not know: "Été 2" becomes `ete-2`, or `ete-2-2`. */
export function policyIdFor(name: string, taken: (id: string) => boolean): string {
  // Room for a number.
  const words = dashed(name, 58);
  const slug = isPolicyId(words) ? words : `policy${words && `-${words}`}`;
  let id = slug;
  for (let n = 2; taken(id); n++) id = `${slug}-${n}`;
  return id;
}
