import { LUMA } from './server-id.ts';

/**
 * What the server `id` is called among `servers`; `undefined` where there is none beside it: then nothing is to be said.
 * Two of one name are told apart by their slugs.
 */
export function serverLabel(
  servers: readonly { id: string; name: string }[],
  id: string,
): string | undefined {
  if (servers.length < 2 && id === LUMA) return undefined;
  const name = servers.find((server) => server.id === id)?.name;
  if (name === undefined) return id;
  const alike = servers.filter((server) => folded(server.name) === folded(name));
  return alike.length > 1 ? `${name} (${id})` : name;
}

function folded(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
