import type { Clock } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { Activity } from '../ledger/activity.ts';
import type { Approvals } from '../ledger/approvals.ts';
import type { Limits } from '../ledger/limits.ts';

/**
 * Ends what an earlier process left open: nothing is lost, and nothing counts too little. What may have run
 * counts as run; what waited was not forwarded; tickets live on while their time lasts. Throws StorageError.
 */
export function recover(parts: {
  database: Database;
  clock: Clock;
  activity: Activity;
  approvals: Approvals;
  limits: Limits;
  /** Since when (ms) calls to `server` go to its upstream of now. */
  upstreamSince: (server: string) => number;
}): void {
  const { database, clock, activity, approvals, limits } = parts;
  database.transaction(() => {
    const begun: { owner: string; since: number }[] = [];
    for (const row of activity.unfinished()) {
      if (row.forwarded) {
        begun.push({ owner: row.id, since: row.at });
        activity.complete(row.id, { result: 'interrupted' });
      } else {
        activity.decide(row.id, {
          outcome: 'interrupted',
          rule: '(interrupted)',
          message: 'Greenlight stopped while the user was being asked.',
          decidedBy: 'greenlight',
          approvalId: row.approvalId,
          forwarded: false,
        });
      }
    }
    // All of it was looked at just now: the next start need not.
    while (activity.noteFinished());
    const notRun = new Set<string>();
    for (const approval of approvals.pending()) {
      const reason = 'Greenlight stopped while this was waiting.';
      approvals.change(approval, { state: 'interrupted', decidedAt: clock.now(), reason });
      activity.answered(approval.id, { outcome: 'interrupted', decidedBy: 'greenlight' });
      notRun.add(approval.id);
    }
    for (const approval of approvals.overdue()) {
      const reason = 'It was allowed, but the client did not call again before its time was over.';
      approvals.change(approval, { ticketUntil: undefined, reason });
      notRun.add(approval.id);
    }
    for (const approval of approvals.tickets()) {
      // Its end could not be written then.
      if ((approval.decidedAt ?? 0) > parts.upstreamSince(approval.server)) continue;
      const reason = 'It was allowed, but another upstream was chosen before the client called again.';
      approvals.change(approval, { ticketUntil: undefined, reason });
      notRun.add(approval.id);
    }
    const tickets = new Set(approvals.tickets().map((ticket) => ticket.id));
    limits.recover((owner) => {
      if (tickets.has(owner)) return 'still open';
      // Not asked of the log: its rows may have been changed.
      return notRun.has(owner) ? 'not run' : 'ran';
    }, begun);
  });
}
