import type { ParsedParams } from '../../shared/contract.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { PersonsAnswer } from '../gate/decide.ts';
import type { ApprovalRecord } from '../ledger/approvals.ts';
import { cutApprovals } from '../ledger/log-answers.ts';
import { type ApiParts, type Handlers, refusePast } from './parts.ts';

/** How many answered approvals the list holds. */
const ANSWERED = 50;

export function approvalHandlers({
  core,
  views,
  state,
  changed,
}: ApiParts): Pick<
  Handlers,
  | 'guard.set'
  | 'approvals.list'
  | 'approvals.get'
  | 'approvals.decide'
  | 'approvals.read'
  | 'allowances.list'
  | 'allowances.revoke'
> {
  const { gate, grants, approvals, allowances, guard } = core;
  const view = (record: ApprovalRecord & { cut?: true }) =>
    views.approval(record, grants.labelOf(record.grantId), {
      waiting: gate.waiting(record.id),
      stillUntil: gate.stillUntil(record.id),
    });

  return {
    'guard.set'({ mode, until }) {
      if (until !== undefined) refusePast(until, core.clock);
      guard.set(until === undefined ? { mode } : { mode, until });
      return state();
    },
    async 'approvals.list'({ answered = false }, signal) {
      const listed = answered
        ? await core.log.ask('answered', { limit: ANSWERED }, signal)
        : cutApprovals(approvals.pending());
      return { approvals: listed.map(view) };
    },
    'approvals.get'({ id }) {
      const record = approvals.get(id);
      if (!record) throw new UserFacingError('not_found', 'There is no such approval.');
      return view(record);
    },
    'approvals.decide': ({ id, by, ...answer }) =>
      view(gate.decide(id, { ...personsAnswer(answer), by: by ?? 'window' })),
    'approvals.read'({ ids }) {
      gate.read(ids);
      return { done: true };
    },
    'allowances.list': () => ({
      allowances: allowances
        .list()
        .map((allowance) => views.allowance(allowance, grants.labelOf(allowance.grantId))),
    }),
    'allowances.revoke'({ id }) {
      if (!allowances.revoke(id)) throw new UserFacingError('not_found', 'This allowance is over already.');
      // It may have been a pause.
      changed('clients');
      return { done: true };
    },
  };
}

/** An answer whose parts contradict each other is refused, not interpreted. */
function personsAnswer({
  answer,
  for: span = 'once',
  upTo,
  only,
  reason,
  arguments: args,
}: Omit<ParsedParams<'approvals.decide'>, 'id' | 'by'>): PersonsAnswer {
  if (answer === 'allow') {
    if (span === 'block-15m')
      throw new UserFacingError('invalid', 'Blocking goes with deny, not with allow.');
    if ((span === 'up-to') !== (upTo !== undefined))
      throw new UserFacingError('invalid', '“up-to” goes with how much (upTo), and nothing else does.');
    if (span === 'once' && only !== undefined)
      throw new UserFacingError('invalid', 'What is allowed once needs no “only”.');
    return { answer, for: span, upTo, only, arguments: args };
  }
  if (span !== 'once' && span !== 'block-15m')
    throw new UserFacingError('invalid', 'A denial holds once or as a block (block-15m).');
  if (args !== undefined || only !== undefined || upTo !== undefined)
    throw new UserFacingError('invalid', 'A denied call has no arguments to change, and nothing to permit.');
  return { answer, for: span, reason };
}
