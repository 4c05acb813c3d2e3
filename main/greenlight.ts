import { join } from 'node:path';
import type { JsonObject } from '../shared/json.ts';
import { LUMA } from '../shared/server-id.ts';
import { serversOf } from '../shared/servers.ts';
import type { Settings } from '../shared/settings.ts';
import { UserFacingError } from '../shared/user-facing-error.ts';
import { hasTraces, linksIn, prepareDataDirectory } from './base/data-directory.ts';
import type { Network } from './base/network/network.ts';
import type { Outside } from './base/outside.ts';
import type { Logger, MachineClock, Notifier, SecretVault, SettingsStore, Time } from './base/ports.ts';
import { type RecentLine, rememberRecent } from './base/recent-log.ts';
import { asSentence } from './base/start-error.ts';
import { type Database, isDamage, markDamaged, openDatabase } from './database/database.ts';
import { lockDataDirectory } from './database/lock.ts';
import { createGate, type Gate } from './gate/gate.ts';
import { createGuard, type Guard } from './gate/guard.ts';
import { keptArguments } from './gate/redact.ts';
import { createSnooze, type Snooze } from './gate/snooze.ts';
import { type Accepted, createAccepted } from './ledger/accepted.ts';
import { type Activity, createActivity } from './ledger/activity.ts';
import { createActivityReader } from './ledger/activity-reader.ts';
import { type Allowances, createAllowances } from './ledger/allowances.ts';
import { createAnchor } from './ledger/anchor.ts';
import { type Approvals, createApprovals } from './ledger/approvals.ts';
import { createGrants, type Grants, isTest } from './ledger/grants.ts';
import { missSecrets } from './ledger/kept-secrets.ts';
import { createLimits, type Limits } from './ledger/limits.ts';
import { createLogReader, type LogReader } from './ledger/log-reader.ts';
import { createLosses } from './ledger/losses.ts';
import { createRetention, type Retention } from './ledger/retention.ts';
import { openSeal } from './ledger/seal.ts';
import { createSessions } from './ledger/sessions.ts';
import { createTasks } from './ledger/tasks.ts';
import { openTime } from './ledger/time.ts';
import { createVideos, type Videos } from './ledger/videos.ts';
import { createWholeCheck } from './ledger/whole-check.ts';
import { type Announcer, createAnnouncer } from './notify/announcer.ts';
import { createOutsideAnnouncer, type OutsideAnnouncer } from './notify/outside-announcer.ts';
import { createPhone, type Phone } from './notify/phone/phone.ts';
import { openPolicies, type Policies } from './policies/policies.ts';
import { type Endpoint, openEndpoint } from './proxy/endpoint.ts';
import { createExchanges } from './proxy/exchanges.ts';
import { openServers, type Servers } from './servers/servers.ts';
import { type Accept, acceptSettings, blocked, keepsNamesOnly } from './settings/accepted-settings.ts';
import type { OpenedSettings } from './settings/settings.ts';
import type { Connection } from './upstream/connection.ts';
import type { SignIn } from './upstream/sign-in/index.ts';
import { createTestUpstream } from './upstream/test-upstream.ts';

/** How often what is over is let go while Greenlight runs (ms): it may run for months. */
const TIDY_EVERY = 3_600_000;

/** And how soon it goes on where there is more than a few milliseconds of work (ms). */
const TIDY_ON = 20;

/** What a host hands in. */
export interface Ports {
  /** Where everything is kept; created when missing. */
  dataDir: string;
  settings: OpenedSettings;
  secrets: SecretVault;
  notifier: Notifier;
  /** Brings the window forward, at an approval (or a change from outside) if one is named. */
  openWindow: (approvalId: string | undefined) => void;
  clock: MachineClock;
  logger: Logger;
  /** How other machines are reached. */
  network: Network;
  /** The port of the MCP listener; 0 picks a free one. Without it, the one that the settings say. */
  port?: number | undefined;
}

/** The running core. */
export interface Greenlight {
  /** Where clients find `luma`. */
  readonly mcpUrl: string;
  /** Where clients find the server `id`. */
  mcpUrlOf(id: string): string;
  readonly dataDir: string;
  readonly database: Database;
  readonly settings: SettingsStore;
  readonly secrets: SecretVault;
  /** By this all is dated; what people read is the wall clock's. */
  readonly clock: Time;
  readonly logger: Logger;
  readonly grants: Grants;
  readonly policies: Policies;
  readonly approvals: Approvals;
  readonly allowances: Allowances;
  readonly limits: Limits;
  /** What the person accepted of files that other programs can change. */
  readonly accepted: Accepted;
  readonly guard: Guard;
  /** Whether the person wants no notification for a while. */
  readonly snooze: Snooze;
  readonly activity: Activity;
  /** Answers what is asked of the log, beside the thread that judges calls. */
  readonly log: LogReader;
  /** How far back the log goes, and how much it uses. */
  readonly retention: Retention;
  readonly videos: Videos;
  readonly gate: Gate;
  /** Every server that it stands before. */
  readonly servers: Servers;
  /** That of `luma`. */
  readonly connection: Connection;
  /** That of `luma`. */
  readonly signIn: SignIn;
  readonly announcer: Announcer;
  readonly phone: Phone;
  /** Announces changes from outside, once it is told where they come from. */
  readonly outsideAnnouncer: OutsideAnnouncer;
  /** What other programs can change; what they changed waits for the person. */
  readonly outside: readonly Outside[];
  /** What was wrong at the start, or is wrong with what is kept, and what to do. */
  readonly problems: { id: string; message: string }[];
  /** The newest warnings and errors since the start. */
  recentLog(): RecentLine[];
  /** To be called after settings were changed: what depends on them follows. */
  settingsChanged(): void;
  /** Answers what waits, closes what is open. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Builds the core from what the host hands in and starts the MCP listener. Throws a {@link UserFacingError}: the
 * data directory cannot be used, another Greenlight uses it, the port is taken.
 */
export async function createGreenlight(ports: Ports): Promise<Greenlight> {
  const { dataDir, network } = ports;
  let settings: SettingsStore = ports.settings;
  const { logger, recent } = rememberRecent(ports.logger, ports.clock);
  prepareDataDirectory(dataDir);
  const ranBefore = hasTraces(dataDir);
  const unlock = lockDataDirectory(join(dataDir, 'greenlight.lock'));
  const opened: (() => void | Promise<void>)[] = [unlock];
  const databasePath = join(dataDir, 'greenlight.db');
  /** Whether a start that checks all of the database would find no more. */
  let checkedWhole = true;
  /** Closes what was opened, last first; what cannot be closed keeps nothing else open. */
  const closeAll = async () => {
    for (let close = opened.pop(); close; close = opened.pop()) {
      try {
        await close();
      } catch (error) {
        logger.error({ err: error }, 'a part of Greenlight could not be closed');
      }
    }
  };
  try {
    const losses = createLosses(logger);
    if (ports.settings.problem !== undefined) losses.add('settings', ports.settings.problem);
    /** What is not known any more may have forbidden something. Written before anything takes the place of what is lost. */
    const lost = (what: string, problem: string) => {
      settings.set({ ...settings.get(), guard: { mode: 'block' } });
      losses.add(what, problem);
    };
    const database = openDatabase(databasePath, {
      expected: ranBefore,
      lost: (problem) => lost('database', problem),
    });
    ({ checkedWhole } = database);
    opened.push(() => database.close());
    const log = createLogReader(databasePath, logger);
    opened.push(() => log.close());
    database.checkpointBy(log.checkpoint);
    const accepted = createAccepted(database);
    losses.keepIn(accepted);
    const seal = await openSeal(database, {
      dataDir,
      secrets: ports.secrets,
      wall: ports.clock.wall,
      logger,
      // What was accepted of the settings may itself be what others wrote: by either of them, names alone are kept.
      kept: (args) =>
        keptArguments(
          args,
          keepsNamesOnly(() => accepted.get('settings')) ? 'names' : ports.settings.get().activity.arguments,
        ),
      tampered(problem, mayLoosen) {
        if (!mayLoosen) return losses.add('seal', problem);
        // In the same transaction: a process that dies right after must still find it.
        const block = blocked(accepted.get('settings'));
        if (block !== undefined) accepted.set('settings', block);
        lost('seal', problem);
      },
    });
    opened.push(seal.close);
    losses.recall();
    const clock = openTime(database, ports.clock, logger);
    opened.push(() => clock.close());
    const acceptedSettings = acceptSettings({
      file: ports.settings,
      accepted: {
        get() {
          const known = accepted.get('settings');
          if (known === undefined && !seal.trustsFiles) throw new Error('nothing shows that it was accepted');
          return known;
        },
        set: (content) => accepted.set('settings', content),
      },
      database,
      clock,
      logger,
      use: (next, accept) => useSettings(next, accept),
    });
    opened.push(() => acceptedSettings.close());
    settings = acceptedSettings;
    if (acceptedSettings.lost !== undefined) lost('settings', acceptedSettings.lost);
    if (ports.secrets.problem !== undefined) lost('secrets', ports.secrets.problem);
    const secrets = missSecrets(seal.secrets, database);
    const firstRun = !ranBefore && seal.trustsFiles;
    const policies = openPolicies({ directory: dataDir, database, firstRun, clock, logger });
    opened.push(() => policies.close());
    for (const link of linksIn(dataDir))
      logger.warn(link, 'what a link leads to is used, because it is your own file');
    const grants = createGrants(database, clock, logger);
    const sessions = createSessions(database, clock);
    const since = (server: string) => servers.get(server)?.since() ?? Number.POSITIVE_INFINITY;
    const tasks = createTasks(database, clock, since);
    const kept = (args: JsonObject) => keptArguments(args, settings.get().activity.arguments);
    const approvals = createApprovals(database, clock, kept, (server) => servers.get(server)?.added() ?? 0);
    const allowances = createAllowances(database, clock, logger);
    const limits = createLimits(database, clock);
    const anchor = createAnchor(database);
    const activity = createActivity(database, { time: clock, logger, log, anchor });
    const videos = createVideos({ database, logger, kept });
    /** Whether calls are blocked though the database does not say so: it was found damaged, or a keyring is missing. */
    let blockedInMemory = false;
    /** The keyring has what the upstream needs, and is not there. */
    let keyringMissing: string | undefined;
    const guard = createGuard({
      time: clock,
      logger,
      read: () => (blockedInMemory ? { mode: 'block' } : settings.get().guard),
      write(mode) {
        settings.set({ ...settings.get(), guard: mode });
        blockedInMemory = false;
        keyringMissing = undefined;
        losses.clear();
      },
    });
    opened.push(() => guard.close());
    const snooze = createSnooze({
      accepted,
      time: clock,
      logger,
      quietHours: () => settings.get().notifications.quietHours,
    });
    opened.push(() => snooze.close());
    /** How the person is to be notified now. */
    const notifications = () => {
      const { enabled, sound } = settings.get().notifications;
      return { enabled: enabled && snooze.until() === undefined, sound };
    };
    const wholeCheck = createWholeCheck({
      path: databasePath,
      database,
      clock,
      logger,
      damaged(problem) {
        blockedInMemory = true;
        for (const note of [() => markDamaged(databasePath), () => lost('database', problem)]) {
          try {
            note();
          } catch (error) {
            logger.error({ err: error }, 'that the database is damaged could not be kept');
          }
        }
        guard.catchUp();
      },
    });
    opened.push(wholeCheck.close);

    const tidy = () => {
      let more = false;
      for (const part of [limits, sessions, tasks, allowances, { prune: activity.noteFinished }]) {
        try {
          if (part.prune() === true) more = true;
        } catch (error) {
          logger.warn(
            { reason: String(error) },
            'what is over could not be let go; the next try is in an hour',
          );
        }
      }
      stopTidying = clock.after(more ? TIDY_ON : TIDY_EVERY, tidy);
    };
    let stopTidying = clock.after(TIDY_EVERY, tidy);
    opened.push(() => stopTidying());

    const settingsChanged = () => {
      gate.settingsChanged();
      snooze.catchUp();
      retention.look();
      announce();
      outsideAnnouncer.refresh();
    };
    /** Settings that the person chose to use take effect as if each was set in the window. */
    const useSettings = async (next: Settings, accept: Accept) => {
      for (const { id, policyId } of serversOf(next)) {
        if (servers.settingsOf(id)?.policyId === policyId || policies.inForce(policyId)?.policy.server === id)
          continue;
        throw new UserFacingError(
          'conflict',
          `Their default policy${id === LUMA ? '' : ` for “${id}”`} is “${policyId}”, and no valid policy of that id is in force for that server, so nothing was taken over. Use or mend that policy first, or name another one in the file.`,
        );
      }
      const exchanged = await servers.follow(next, accept);
      guard.catchUp();
      settingsChanged();
      await Promise.all(exchanged.map(({ connection }) => connection.refresh()));
    };
    const servers = await openServers({
      database,
      accepted,
      secrets,
      network,
      clock,
      logger,
      settings: acceptedSettings,
      grants,
      sessions,
      allowances,
      limits,
      answerSeconds: () => settings.get().answerSeconds,
      settingsLost: losses.all.settings !== undefined,
      secretsLost: ({ message }) =>
        lost('secrets', `${message} Greenlight blocks every call until you choose another guard mode.`),
    });
    opened.push(servers.close);
    if (secrets.missing().length > 0 && secrets.insteadOfKeyring !== undefined) {
      // Nothing is lost: at the next start with that keyring all is as it was.
      blockedInMemory = true;
      keyringMissing = `The keyring is missing or locked that has the upstream’s token, so Greenlight blocks every call. ${asSentence(secrets.insteadOfKeyring)} Or enter the token again in Settings, then choose another guard mode.`;
    } else if (secrets.missing().length > 0) {
      lost(
        'secrets',
        `What Greenlight kept for the upstream is not in ${secrets.description} any more, so it blocks every call. Enter the upstream’s token again in Settings, then choose another guard mode.`,
      );
    }
    const testUpstream = createTestUpstream(clock);
    opened.push(() => testUpstream.upstream.close());

    const gate = createGate({
      database,
      clock,
      logger,
      grants,
      limits,
      approvals,
      allowances,
      guard,
      activity,
      videos,
      policies,
      settings: () => settings.get(),
      snooze,
      defaultPolicyOf: (server) => servers.settingsOf(server)?.policyId,
      findTool: (server, name, grantId) =>
        isTest(grantId) ? testUpstream.find(name) : (servers.get(server)?.connection.find(name) ?? 'absent'),
      upstreamSince: since,
    });
    opened.push(() => gate.stop());

    // After the gate, which ended what earlier processes left open.
    const retention = createRetention({
      database,
      clock,
      logger,
      anchor,
      keep: () => settings.get().activity,
      verifying: activity.verifying,
    });
    opened.push(() => retention.stop());

    servers.onExchanged(gate.upstreamExchanged);
    servers.onToolsChanged(gate.toolsChanged);
    const exchanges = createExchanges({
      servers,
      testUpstream,
      gate,
      grants,
      sessions,
      tasks,
      log: createActivityReader(database),
      videos,
      clock,
      logger,
    });

    const announcer = createAnnouncer({
      notifier: ports.notifier,
      clock,
      logger,
      settings: notifications,
      onAnswer: (id, answer, reason) =>
        gate.decide(id, {
          by: 'notification',
          for: 'once',
          ...(answer === 'allow' ? { answer } : { answer, reason }),
        }),
      onOpen: ports.openWindow,
    });
    const outsideAnnouncer = createOutsideAnnouncer({
      notifier: ports.notifier,
      clock,
      logger,
      settings: notifications,
      onOpen: ports.openWindow,
    });
    opened.push(async () => {
      await Promise.all([announcer.close(), outsideAnnouncer.close()]);
      await ports.notifier.close();
    });
    const phone = createPhone({
      fetch: network.fetch,
      secrets: seal.secrets,
      clock,
      logger,
      settings: () => settings.get().phone,
      quiet: () => snooze.until() !== undefined,
      onAnswer: (id, answer) => gate.decide(id, { answer, for: 'once', by: 'phone' }),
      stateOf: (id) => approvals.get(id)?.state,
    });
    opened.push(() => phone.close());
    const announce = () => {
      const pending = approvals.pending().map((approval) => ({
        ...approval,
        client: { label: grants.labelOf(approval.grantId) },
        on: servers.labelOf(approval.server),
      }));
      announcer.update(pending);
      phone.update(pending);
    };
    gate.onApproval(announce);
    snooze.onChange(() => {
      announce();
      outsideAnnouncer.refresh();
    });

    // Calls are judged by the tool list, so the first call should find one. An upstream that is away does not stop the start.
    const firstRead = Promise.all(servers.list().map(({ connection }) => connection.refresh()));
    await Promise.race([firstRead, new Promise<void>((resolve) => clock.after(2_000, resolve))]);

    // Last: whoever can call finds all of Greenlight there, also to end it in order.
    const endpoint: Endpoint = await openEndpoint({
      port: ports.port ?? settings.get().ports.mcp,
      grants,
      exchanges,
      logger,
      largestCall: () => settings.get().largestCall,
    });
    // Calls that wait are answered by the gate, calls that were forwarded as the listener closes.
    opened.push(() => endpoint.close());
    opened.push(() => gate.stop());

    return {
      mcpUrl: endpoint.urlOf(LUMA),
      mcpUrlOf: endpoint.urlOf,
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
      accepted,
      limits,
      guard,
      snooze,
      activity,
      log,
      retention,
      videos,
      gate,
      servers,
      connection: servers.luma.connection,
      signIn: servers.luma.signIn,
      announcer,
      outsideAnnouncer,
      phone,
      outside: [policies.outside, acceptedSettings.outside],
      get problems() {
        const found = {
          ...losses.all,
          database: wholeCheck.problem() ?? losses.all.database,
          secrets: losses.all.secrets ?? keyringMissing,
          'settings-file': acceptedSettings.problem(),
          servers: servers.problem(),
          activity: activity.problem() ?? retention.problem(),
          seal: seal.problem() ?? losses.all.seal,
          phone: phone.problem(),
        };
        return Object.entries(found).flatMap(([id, message]) =>
          message === undefined ? [] : [{ id, message }],
        );
      },
      recentLog: recent,
      settingsChanged,
      stop: closeAll,
    };
  } catch (error) {
    await closeAll();
    if (checkedWhole || !isDamage(error)) throw error;
    // A part of the log that a start reads: it is put aside by a start that checks all of it.
    markDamaged(databasePath);
    return createGreenlight(ports);
  }
}
