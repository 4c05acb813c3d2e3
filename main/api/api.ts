import packageJson from '../../package.json' with { type: 'json' };
import { type EventName, type Events, type MethodName, methods, type State } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import { type Settings, withChange } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { compact } from '../base/compact.ts';
import { LARGEST_ANSWER } from '../base/cut.ts';
import { createListeners } from '../base/listeners.ts';
import type { Connect } from '../connect/connect.ts';
import type { Greenlight } from '../greenlight.ts';
import type { ActivityEntry } from '../ledger/activity-row.ts';
import { cutApprovals } from '../ledger/log-answers.ts';
import { viewOf } from '../ledger/log-view.ts';
import { activityHandlers } from './activity.ts';
import { approvalHandlers } from './approvals.ts';
import { watchBudgets } from './budget-watch.ts';
import { clientHandlers } from './clients.ts';
import { connectHandlers } from './connect.ts';
import { demoHandlers } from './demo.ts';
import { diagnosticsHandlers } from './diagnostics.ts';
import { createGathered } from './gathered.ts';
import { limitHandlers } from './limits.ts';
import { allOutside, outsideHandlers, outsideProblems } from './outside.ts';
import { type ApiParts, type DesktopPart, type Handlers, refusePast } from './parts.ts';
import { phoneHandlers } from './phone.ts';
import { checkPolicy, policyHandlers } from './policies.ts';
import { watchProblems } from './problem-watch.ts';
import { serverHandlers } from './servers.ts';
import { upstreamHandlers } from './upstream.ts';
import { createViews } from './views.ts';

/** Rows of the log that are told one by one, of those that were written in one moment. */
const MOST_ROWS = 25;

/** Is told every event, with its data. */
type EventListener = <E extends EventName>(event: E, data: Events[E]) => void;

/** What a user interface may ask of the core, whatever carries it there. */
export interface Api {
  /**
   * Calls one method with unchecked parameters. `signal` says that nobody waits for the answer any more: what only
   * reads is then not read to its end. Throws {@link UserFacingError}, whose message is for the person.
   */
  call(method: string, params: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Tells `listener` every event until the returned function is called. */
  subscribe(listener: EventListener): () => void;
}

/** The interface of `core` for a window of `host`: the browser, or what the desktop can tell. */
export function createApi(core: Greenlight, host: 'browser' | DesktopPart, connect: Connect): Api {
  const listeners = createListeners<EventListener>(core.logger);
  const emit = <E extends EventName>(event: E, data: () => Events[E]) => {
    if (listeners.size > 0) listeners.tell(event, data());
  };
  const views = createViews(core.clock, core.policies, core.servers);
  const outside = allOutside(core, connect);

  function state(): State {
    const trouble = core.gate.trouble();
    const snoozed = core.snooze.until();
    const all = core.servers.list();
    return {
      guard: core.guard.current(),
      upstream: core.connection.status(),
      servers: all.map(({ id, connection }) => {
        const { kind, status, message } = connection.status();
        return compact({ id, name: core.servers.settingsOf(id)?.name ?? id, kind, status, message });
      }),
      pending: core.approvals.pending().length,
      defaultPolicyId: core.settings.get().defaultPolicyId,
      notifier: core.announcer.status(),
      ...(snoozed !== undefined && { snooze: { until: snoozed } }),
      version: packageJson.version,
      mcpUrl: core.mcpUrl,
      host: host === 'browser' ? 'browser' : 'desktop',
      ...(host !== 'browser' && { desktop: host.state() }),
      dataDir: core.dataDir,
      secrets: core.secrets.description,
      secretsOpen: core.secrets.open,
      problems: [
        ...core.problems,
        ...core.policies.problems(),
        ...outsideProblems(outside.list()),
        ...all.flatMap(({ id, connection }) => {
          const changedTools = connection.tools().filter(({ name }) => connection.change(name));
          if (changedTools.length === 0) return [];
          const who = all.length > 1 ? `The server ${core.servers.settingsOf(id)?.name ?? id}` : 'The server';
          const message = changedToolsWords(
            who,
            all.length > 1 ? 'Servers' : 'Settings',
            changedTools,
            core.settings.get().changedTools,
          );
          return [{ id: id === LUMA ? 'tools' : `tools of ${id}`, message }];
        }),
        // Said by another problem in the same words, it is not said twice.
        ...(trouble === undefined || core.problems.some(({ message }) => message === trouble)
          ? []
          : [{ id: 'storage', message: `Calls are refused or not fully logged. ${trouble}` }]),
      ],
    };
  }

  const settings = () => ({ ...core.settings.get(), guard: core.guard.current() });
  const changed: ApiParts['changed'] = (what) => emit('changed', () => ({ what }));
  const emitState = () => emit('state', state);
  const parts: ApiParts = { core, views, connect, outside, state, changed };
  const limits = limitHandlers(parts);
  const handlers: Handlers = {
    'state.get': state,
    'clock.get': () => ({ now: views.iso(core.clock.now()) }),
    ...approvalHandlers(parts),
    ...limits,
    ...outsideHandlers(parts),
    ...policyHandlers(parts),
    ...clientHandlers(parts),
    ...connectHandlers(parts),
    ...serverHandlers(parts),
    ...upstreamHandlers(parts),
    ...activityHandlers(parts),
    async 'notifier.test'() {
      try {
        return { response: await core.announcer.test() };
      } catch (error) {
        // That is what the person wanted to know: no failure of Greenlight's own.
        core.logger.warn({ err: error }, 'a test notification could not be shown');
        const why = core.announcer.status().message ?? 'The log says more.';
        throw new UserFacingError('unavailable', `The test could not be shown. ${why}`);
      }
    },
    'notifier.snooze'({ until }) {
      if (until === undefined) core.snooze.end();
      else {
        refusePast(until, core.clock);
        core.snooze.start(until);
      }
      return state();
    },
    ...phoneHandlers(parts),
    'settings.get': settings,
    'settings.set'(change) {
      checkPolicy(core.policies, change.defaultPolicyId, LUMA);
      core.settings.set(withChange(core.settings.get(), change));
      core.settingsChanged();
      changed('settings');
      emitState();
      return settings();
    },
    ...diagnosticsHandlers(parts),
    ...demoHandlers(parts),
  };

  core.gate.onApproval((record) => {
    for (const cut of listeners.size > 0 ? cutApprovals([record]) : [])
      emit('approval', () =>
        views.approval(cut, core.grants.labelOf(record.grantId), {
          waiting: core.gate.waiting(record.id),
          stillUntil: core.gate.stillUntil(record.id),
        }),
      );
    emitState();
  });
  const row = createGathered<ActivityEntry>(
    core.clock,
    MOST_ROWS,
    (entries) => {
      for (const entry of entries) emit('activity', () => viewOf(entry, views.iso, LARGEST_ANSWER));
    },
    () => changed('activity'),
  );
  core.activity.onWritten((entry) => {
    if (listeners.size > 0) row(entry.id, entry);
  });
  const video = createGathered<void>(
    core.clock,
    1,
    () => changed('videos'),
    () => {},
  );
  const limitsMoved = watchBudgets({
    clock: core.clock,
    logger: core.logger,
    announcer: core.announcer,
    counters: () => limits['limits.list']().counters,
    costUnit: () => core.settings.get().costUnit,
    serverLabel: (id) => core.servers.labelOf(id),
    warned: () => changed('limits'),
  });
  core.activity.onWritten(limitsMoved);
  core.policies.onChange(limitsMoved);
  core.guard.onChange(emitState);
  core.snooze.onChange(emitState);
  core.servers.onStatus(() => {
    emitState();
    changed('upstream');
    changed('servers');
  });
  core.servers.onChange(() => {
    emitState();
    changed('servers');
  });
  core.policies.onChange(() => {
    emitState();
    changed('policies');
  });
  core.grants.onChange(() => changed('clients'));
  core.allowances.onChange(() => changed('allowances'));
  core.videos.onChange(() => video('videos'));
  core.announcer.onChange(emitState);
  core.phone.onChange(emitState);
  outside.onChange(emitState);
  const problems = watchProblems({
    clock: core.clock,
    logger: core.logger,
    look: () => state().problems,
    changed: emitState,
  });
  let unwatch = () => {};
  if (host !== 'browser') host.onChange(emitState);

  return {
    async call(method, params, signal) {
      if (!isMethod(method))
        throw new UserFacingError('not_found', `There is no method ${JSON.stringify(method)}.`);
      const parsed = methods[method].params.safeParse(params);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw new UserFacingError(
          'invalid',
          `${issue?.path.join('.') || 'The parameters'}: ${issue?.message ?? 'not valid'}.`,
        );
      }
      try {
        // Whoever asks after the answer to a call finds how it ended.
        core.gate.hurry();
        // The table's types tie each handler to its parameters; TypeScript cannot follow that through a lookup.
        return await (handlers[method] as (params: unknown, signal?: AbortSignal) => unknown)(
          parsed.data,
          signal,
        );
      } catch (error) {
        if (error instanceof UserFacingError) throw error;
        core.logger.error({ err: error, method }, 'a method failed');
        throw new UserFacingError(
          'internal',
          'Greenlight met an error of its own; its log says more. Try again.',
        );
      }
    },
    subscribe(listener) {
      const remove = listeners.add(listener);
      if (listeners.size === 1) unwatch = problems.start();
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        remove();
        if (listeners.size === 0) unwatch();
      };
    },
  };
}

/** What the person is told of tools that they have not accepted as they are. */
function changedToolsWords(
  who: string,
  place: string,
  tools: readonly { name: string }[],
  then: Settings['changedTools'],
): string {
  const names = tools.slice(0, 3).map(({ name }) => name.slice(0, 60));
  const more = tools.length > 3 ? ` and ${tools.length - 3} more` : '';
  const calls =
    then === 'ask'
      ? 'you are asked about each call to them that the policy allows'
      : 'calls to them are denied';
  return `${who} changed or added tools: ${names.join(', ')}${more}. Until you accept them, under ${place}, ${calls}.`;
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}
