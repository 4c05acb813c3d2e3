/**
 * The one clock of the window: that of the machine where Greenlight runs, whose times it shows and sends. This page's
 * own may be another's (a virtual machine, a port forwarded from elsewhere), and wrong by hours.
 */

/** An answer on its way for longer says little of the time (ms): the machine may have slept meanwhile. */
const LONGEST_WAY = 5_000;

/** What the host's clock is ahead of this page's (ms). */
let ahead = 0;

/** The host's wall clock, in milliseconds since the epoch. */
export function hostNow(): number {
  return Date.now() + ahead;
}

/** Asks for the host's time (ISO) and goes by it from now on. Rejects as `ask` does. */
export async function followHost(ask: () => Promise<string>): Promise<void> {
  const sent = Date.now();
  const told = Date.parse(await ask());
  const way = Date.now() - sent;
  if (way >= 0 && way <= LONGEST_WAY) ahead = told - (sent + way / 2);
}
