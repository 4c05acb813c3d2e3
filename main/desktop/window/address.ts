/** The scheme of the window's page, and the one host under it. */
export const APP_SCHEME = 'app';
export const APP_ORIGIN = `${APP_SCHEME}://greenlight`;

/** Which page of the window, and which approval on it. */
export interface Place {
  approvalId?: string | undefined;
  /** The small window beside the tray. */
  compact?: boolean;
}

/** The address of `place`. Two addresses differ in their fragment alone, so that an open window only turns the page. */
export function addressOf({ approvalId, compact = false }: Place): string {
  const query = [
    ...(compact ? ['compact'] : []),
    ...(approvalId === undefined ? [] : [`approval=${encodeURIComponent(approvalId)}`]),
  ].join('&');
  return `${APP_ORIGIN}/#/approvals${query === '' ? '' : `?${query}`}`;
}

/** Whether `url` is of the window's own origin. Not `URL.origin`: Node knows none for a scheme of our own. */
export function isOwn(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return (
    parsed?.protocol === `${APP_SCHEME}:` &&
    parsed.host === 'greenlight' &&
    parsed.username === '' &&
    parsed.password === ''
  );
}
