const STORED = 'greenlight-ui-key';

/** What {@link takeKey} needs of the page. */
export interface KeyPlace {
  location: { hash: string; pathname: string; search: string };
  history: { replaceState(data: unknown, unused: string, url: string): void };
  storage: { getItem(name: string): string | null; setItem(name: string, value: string): void };
}

/**
 * The UI key: from the fragment of the address (`#key=...`), which is then taken off the address bar, or
 * from session storage after a reload. Undefined when there is none. `&approval=<id>` after the key, as a
 * notification's click opens it, becomes the address of that approval (or change from outside).
 */
export function takeKey({ location, history, storage }: KeyPlace): string | undefined {
  // Not URLSearchParams: it would read a `+` in the key as a space.
  const given = /^#(?:.*&)?key=([^&]*)/.exec(location.hash)?.[1];
  if (given === undefined) return storage.getItem(STORED) ?? undefined;
  const approval = /[#&]approval=([\w:-]+)/.exec(location.hash)?.[1];
  const place = approval === undefined ? '' : `#/approvals/${approval}`;
  history.replaceState(null, '', location.pathname + location.search + place);
  // Anything else could not be sent as a bearer token (RFC 6750, b68token).
  if (!/^[\w.~+/-]+=*$/.test(given)) return undefined;
  storage.setItem(STORED, given);
  return given;
}
