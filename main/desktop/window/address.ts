/** The scheme of the window's page, and the one host under it. */
export const APP_SCHEME = 'app';
export const APP_ORIGIN = `${APP_SCHEME}://greenlight`;

/** Which window, and which approval in it. */
export interface Place {
  approvalId?: string | undefined;
  /** The small window beside the tray. */
  compact?: boolean;
}

/**
 * The address of `place`. Addresses of one window differ in their fragment alone, so that an open window only
 * turns the page. Without an approval the full window chooses its page itself: the first run has one of its own.
 */
export function addressOf({ approvalId, compact = false }: Place): string {
  const approvals =
    approvalId === undefined ? '#/approvals' : `#/approvals/${encodeURIComponent(approvalId)}`;
  if (compact) return `${APP_ORIGIN}/?compact${approvals}`;
  return `${APP_ORIGIN}/${approvalId === undefined ? '' : approvals}`;
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
