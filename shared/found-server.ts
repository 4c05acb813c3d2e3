/** What there is to say of the servers in a client's file. */
import type { FoundServer } from './contract.ts';

/** Whether `server`, which is not Luma, is reached past Greenlight. */
export function isPast({ luma, greenlight, off = false }: FoundServer): boolean {
  return !luma && !greenlight && !off;
}

/** Whether `server` can be put behind Greenlight, and is not there yet. */
export function isProtectable(server: FoundServer): boolean {
  return isPast(server) && server.refused === undefined;
}

/** Those beside Luma that are reached past Greenlight, and that it cannot stand before. */
export function refusedOf(servers: readonly FoundServer[]): FoundServer[] {
  return servers.filter((server) => isPast(server) && server.refused !== undefined);
}

/** The entries that lead to a server that Greenlight does not have, but for those that their client has switched off. */
export function deadOf(servers: readonly FoundServer[], has: (server: string) => boolean): FoundServer[] {
  return servers.filter(({ server, off = false }) => server !== undefined && !off && !has(server));
}
