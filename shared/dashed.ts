/** `name` in the letters a to z, digits and dashes, of at most `most` characters: "Été 2" becomes `ete-2`; may be empty. */
export function dashed(name: string, most: number): string {
  return (
    name
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      // The dash at the end goes after the cut, which may leave one.
      .slice(0, most)
      .replace(/^-+|-+$/g, '')
  );
}
