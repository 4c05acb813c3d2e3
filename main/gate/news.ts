import { createListeners, type Listeners } from '../base/listeners.ts';
import type { Logger } from '../base/ports.ts';
import type { ApprovalRecord } from '../ledger/approvals.ts';

/** What the gate tells others, each once it is written. */
export interface News {
  /** An approval was asked, answered or ended, or more or fewer calls wait for it. */
  approvals: Listeners<(approval: ApprovalRecord) => void>;
}

/** The gate's news, with nobody listening yet. */
export function createNews(logger: Logger): News {
  return { approvals: createListeners(logger) };
}
