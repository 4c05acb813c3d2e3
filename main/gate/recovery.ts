import type { Clock } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { Activity } from '../ledger/activity.ts';
import type { Approvals } from '../ledger/approvals.ts';
import type { Limits } from '../ledger/limits.ts';

/**
 * Ends what an earlier process left open: nothing is lost, and nothing counts too little. What may have run
 * counts as run; what waited was not forwarded; tickets live on. Throws StorageError.
 */
export function recover(parts: {
  database: Database;
  clock: Clock;
  activity: Activity;
  approvals: Approvals;
  limits: Limits;
}): void {
  const { database, clock, activity, approvals, limits } = parts;
  database.transaction(() => {
    const ran = new Set<string>();
    for (const row of activity.unfinished()) {
      if (row.forwarded) {
        ran.add(row.approvalId ?? row.id);
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
    for (const approval of approvals.pending()) {
      const reason = 'Greenlight stopped while this was waiting.';
      approvals.change(approval, { state: 'interrupted', decidedAt: clock.now(), reason });
      activity.answered(approval.id, { outcome: 'interrupted', decidedBy: 'greenlight' });
    }
    const tickets = new Set(approvals.tickets().map((ticket) => ticket.id));
    limits.recover((owner) => {
      if (ran.has(owner)) return 'ran';
      return tickets.has(owner) ? 'still open' : 'not run';
    });
  });
}
