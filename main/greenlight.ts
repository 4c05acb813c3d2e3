import { join } from 'node:path';
import type { JsonObject } from '../shared/json.ts';
import { isHidden } from '../shared/policy/index.ts';
import type { UpstreamSettings } from '../shared/settings.ts';
import { approvalView } from './api/views.ts';
import { prepareDataDirectory } from './base/data-directory.ts';
import type { Clock, Logger, Notifier, SecretVault, SettingsStore } from './base/ports.ts';
import { type Database, openDatabase } from './database/database.ts';
import { lockDataDirectory } from './database/lock.ts';
import { createGate, type Gate } from './gate/gate.ts';
import { createGuard, type Guard } from './gate/guard.ts';
import { keptArguments } from './gate/redact.ts';
import { type Activity, createActivity } from './ledger/activity.ts';
import { type Allowances, createAllowances } from './ledger/allowances.ts';
import { type Approvals, createApprovals } from './ledger/approvals.ts';
import { createGrants, type Grants } from './ledger/grants.ts';
import { createLimits } from './ledger/limits.ts';
import { createSessions } from './ledger/sessions.ts';
import { createVideos, type Videos } from './ledger/videos.ts';
import { type Announcer, createAnnouncer } from './notify/announcer.ts';
import { openPolicies, type Policies } from './policies/policies.ts';
import { createCalls } from './proxy/calls.ts';
import { type Endpoint, openEndpoint } from './proxy/endpoint.ts';
import { createExchange } from './proxy/exchange.ts';
import { type Connection, createConnection } from './upstream/connection.ts';
import { createUpstream, type UpstreamSecrets } from './upstream/create.ts';
import { keepUpstreamSecrets, readUpstreamSecrets } from './upstream/secrets.ts';

/** What a host hands in. */
export interface Ports {
  /** Where everything is kept; created when missing. */
  dataDir: string;
  settings: SettingsStore & { readonly problem?: string };
  secrets: SecretVault;
  notifier: Notifier;
  /** Brings the window forward, at an approval if one is named. */
  openWindow: (approvalId: string | undefined) => void;
  clock: Clock;
  logger: Logger;
  /** The port of the MCP listener; 0 picks a free one. */
  port: number;
}

/** The running core. */
export interface Greenlight {
  readonly mcpUrl: string;
  readonly dataDir: string;
  readonly database: Database;
  readonly settings: SettingsStore;
  readonly secrets: SecretVault;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly grants: Grants;
  readonly policies: Policies;
  readonly approvals: Approvals;
  readonly allowances: Allowances;
  readonly guard: Guard;
  readonly activity: Activity;
  readonly videos: Videos;
  readonly gate: Gate;
  readonly connection: Connection;
  readonly announcer: Announcer;
  /** What was wrong at the start and what to do. */
  readonly problems: { id: string; message: string }[];
  /** To be called after settings were changed: what depends on them follows. */
  settingsChanged(): void;
  onNotifierStatus(listener: () => void): void;
  /**
   * Makes `settings` the upstream and keeps it: secrets in the vault, the rest in the settings. Throws
   * a {@link UserFacingError} when it cannot be used with these secrets or cannot be kept; the upstream is then what it was.
   */
  useUpstream(settings: UpstreamSettings, secrets: UpstreamSecrets): Promise<void>;
  /** Answers what waits, closes what is open. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Builds the core from what the host hands in and starts the MCP listener. Throws a {@link UserFacingError}: the data directory cannot be used, another Greenlight uses it, the port is taken.
 */
export async function createGreenlight(ports: Ports): Promise<Greenlight> {
  const { dataDir, settings, secrets, clock, logger } = ports;
  prepareDataDirectory(dataDir);
  const unlock = lockDataDirectory(join(dataDir, 'greenlight.lock'));
  const opened: (() => void | Promise<void>)[] = [unlock];
  /** Closes what was opened, last first. */
  const closeAll = async () => {
    for (let close = opened.pop(); close; close = opened.pop()) await close();
  };
  try {
    const database = openDatabase(join(dataDir, 'greenlight.db'));
    opened.push(() => database.close());
    const policies = openPolicies({ directory: dataDir, database, clock, logger });
    opened.push(() => policies.close());
    const grants = createGrants(database, clock);
    const sessions = createSessions(database, clock);
    const kept = (args: JsonObject) => keptArguments(args, settings.get().activity.arguments);
    const approvals = createApprovals(database, clock, kept);
    const allowances = createAllowances(database, clock);
    const activity = createActivity(database);
    const videos = createVideos(database, kept);
    const guard = createGuard(
      clock,
      () => settings.get().guard,
      (mode) => settings.set({ ...settings.get(), guard: mode }),
    );
    opened.push(() => guard.close());

    const build = async (chosen: UpstreamSettings, given: UpstreamSecrets = {}) => {
      const kept = await readUpstreamSecrets(chosen, secrets);
      const all = { token: given.token ?? kept.token, env: { ...kept.env, ...given.env } };
      return createUpstream(chosen, all, { clock, logger });
    };
    const chosen = settings.get().upstream;
    const connection = createConnection({
      database,
      clock,
      logger,
      upstream: await build(chosen),
      settings: chosen,
    });
    opened.push(() => connection.close());

    const gate = createGate({
      database,
      clock,
      logger,
      grants,
      limits: createLimits(database, clock),
      approvals,
      allowances,
      guard,
      activity,
      videos,
      settings: () => settings.get(),
      policyInForce: (id) => policies.inForce(id),
      findTool: (name) => connection.find(name),
    });
    opened.push(() => gate.stop());

    const schemaOf = (tool: string) => {
      const found = connection.find(tool);
      return typeof found === 'string' ? undefined : found.inputSchema;
    };
    const policyOf = (grantId: string) =>
      policies.inForce(grants.get(grantId)?.policyId ?? settings.get().defaultPolicyId);
    const exchange = createExchange(
      {
        clock,
        logger,
        grants,
        sessions,
        upstream: () => connection.upstream(),
        hides(grant, tool) {
          const inForce = policyOf(grant.id);
          return inForce !== undefined && isHidden(inForce.policy, tool);
        },
        schemaOf,
        sawTools: (tools) => connection.saw(tools),
      },
      (forward) => createCalls({ clock, gate, schemaOf }, forward),
    );

    // What a question was asked under has changed: it is judged anew.
    policies.onChange((id) => {
      const inForce = policies.inForce(id);
      gate.reconsider(
        (approval) => approval.policyId === id && approval.policyVersion !== inForce?.version,
        'The policy changed while this was waiting.',
      );
    });
    grants.onChange((grant) => {
      gate.reconsider(
        (approval) =>
          approval.grantId === grant.id &&
          (grant.revokedAt !== undefined ||
            approval.createdAt < (grant.rotatedAt ?? 0) ||
            approval.policyId !== policyOf(grant.id)?.id),
        grant.revokedAt !== undefined
          ? 'The grant of this client was revoked.'
          : 'The token of this client was exchanged, or it follows another policy now.',
      );
    });
    guard.onChange(({ mode }) => {
      if (mode === 'block') gate.reconsider(() => true, 'All calls were blocked.');
    });

    const notifierListeners: (() => void)[] = [];
    const announcer = createAnnouncer({
      notifier: ports.notifier,
      clock,
      logger,
      settings: () => settings.get().notifications,
      onAnswer: (id, answer, reason) =>
        gate.decide(id, answer === 'allow' ? { answer, for: 'once' } : { answer, for: 'once', reason }),
      onOpen: ports.openWindow,
      onStatus: () => {
        for (const listener of notifierListeners) listener();
      },
    });
    opened.push(async () => {
      await announcer.close();
      await ports.notifier.close();
    });
    const announce = () =>
      announcer.update(
        approvals
          .pending()
          .map((record) => approvalView(record, grants.get(record.grantId), gate.waiting(record.id))),
      );
    gate.onApproval(announce);

    const endpoint: Endpoint = await openEndpoint({ port: ports.port, grants, exchange, logger });
    // Calls that wait are answered by the gate, calls that were forwarded as the listener closes.
    opened.push(() => endpoint.close());
    opened.push(() => gate.stop());
    // Calls are judged by the tool list, so the first call should find one. An upstream that is away does not stop the start.
    const firstRead = connection.refresh();
    await Promise.race([firstRead, new Promise<void>((resolve) => clock.after(2_000, resolve))]);

    return {
      mcpUrl: endpoint.url,
      dataDir,
      database,
      settings,
      secrets,
      clock,
      logger,
      grants,
      policies,
      approvals,
      allowances,
      guard,
      activity,
      videos,
      gate,
      connection,
      announcer,
      problems: settings.problem === undefined ? [] : [{ id: 'settings', message: settings.problem }],
      settingsChanged() {
        gate.reconsider(
          (approval) => approval.policyId !== policyOf(approval.grantId)?.id,
          'The default policy changed while this was waiting.',
        );
        announce();
      },
      onNotifierStatus: (listener) => void notifierListeners.push(listener),
      async useUpstream(next, given) {
        // Built before anything is kept: a token that cannot be sent must not be there at the next start.
        const upstream = await build(next, given);
        try {
          await keepUpstreamSecrets(next, given, secrets);
          settings.set({ ...settings.get(), upstream: next });
        } catch (error) {
          await upstream.close();
          throw error;
        }
        connection.use(upstream, next);
        gate.reconsider(() => true, 'The upstream was exchanged while this was waiting.');
        sessions.clear();
      },
      stop: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
