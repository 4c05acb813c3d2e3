/** How several servers stand, in words that the window and the tray share. */
import type { State } from './contract.ts';
import { LUMA } from './server-id.ts';
import { serverLabel } from './server-name.ts';

type Standing = State['servers'][number];

/** The page on which the person sees to an upstream: of `luma`, and of other servers. */
export type Place = 'Settings' | 'Servers';

export function placeOf(server: string): Place {
  return server === LUMA ? 'Settings' : 'Servers';
}

/** Where something stands that the person sees to there, as the end of a sentence. */
export function onPage(place: Place): string {
  return place === 'Settings' ? 'in Settings' : 'under Servers';
}

/** Whether calls to it are refused, because it does not answer or refuses the token. */
export function isAway({ status }: Pick<Standing, 'status'>): boolean {
  return status === 'unreachable' || status === 'unauthorized';
}

/** "3 servers connected", or which are not. */
export function serversWords(servers: readonly Standing[]): string {
  const others = servers.filter(({ status }) => status !== 'connected');
  const [first] = others.toSorted((one, other) => Number(isAway(other)) - Number(isAway(one)));
  if (first === undefined) return `${servers.length} servers connected`;
  const more = others.length - 1;
  const words = serverWords(first, serverLabel(servers, first.id) ?? first.name);
  return more === 0 ? words : `${words}, ${more} more not connected`;
}

/** How one stands that is called `name`. */
export function serverWords({ status }: Pick<Standing, 'status'>, name: string): string {
  switch (status) {
    case 'connected':
      return `${name} connected`;
    case 'starting':
      return `${name} is starting`;
    case 'unreachable':
      return `${name} cannot be reached`;
    case 'unauthorized':
      return `${name} refuses the token`;
  }
}
