/** The scheme that the system hands to Greenlight. */
export const LINK_SCHEME = 'greenlight';

// Approval ids are random UUIDs; anything more in a link (a query, a user, another path) is none of ours.
const approvalLink = /^greenlight:\/\/approval\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?$/i;

/**
 * The approval that `link` asks to see; `undefined` when it is not a link to an approval. A link comes from
 * anywhere, a web page for instance: it may open an approval and never answers one.
 */
export function approvalOfLink(link: string): string | undefined {
  return approvalLink.exec(link)?.[1]?.toLowerCase();
}

/** The link among the arguments of a process (Windows and Linux hand it over there). */
export function linkAmong(argv: readonly string[]): string | undefined {
  return argv.find((argument) => argument.toLowerCase().startsWith(`${LINK_SCHEME}:`));
}
