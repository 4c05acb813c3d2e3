/** The browser host: Greenlight on plain Node, its window in a browser tab. */
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createApi } from '../api/api.ts';
import { openCommandSocket } from '../api/command-socket.ts';
import { prepareDataDirectory } from '../base/data-directory.ts';
import { createLogger } from '../base/log.ts';
import { machineClock } from '../base/machine-clock.ts';
import { createNetwork } from '../base/network/network.ts';
import { whyNotStarted } from '../base/start-error.ts';
import { endOnUncaught, onUncaught } from '../base/unexpected.ts';
import { createConnect } from '../connect/connect.ts';
import { createGreenlight } from '../greenlight.ts';
import { createNotifier } from '../notify/index.ts';
import { openSecrets } from '../secrets/secrets.ts';
import { openConfSettings } from '../settings/settings.ts';
import { readArguments, remedies, usage } from './arguments.ts';
import { hasScreen, openInBrowser } from './open-window.ts';
import { readyLine, welcome } from './ready.ts';
import { openUiServer } from './ui-server.ts';

/** Milliseconds that an orderly end may take: two seconds are promised. */
const STOP_LIMIT = 1_500;

const { env, platform } = process;

// Not awaited: what is loaded on the way may be bundled so that it needs this module to have run to its end.
start().catch((error: unknown) => {
  process.stderr.write(`Greenlight did not start. ${whyNotStarted(error, remedies)}\n`);
  process.exit(1);
});

async function start(): Promise<void> {
  const args = readArguments(process.argv.slice(2), env, platform);
  if (args.help) return void process.stdout.write(usage);
  prepareDataDirectory(args.home);
  // A person at a terminal reads the greeting, not the log; scripts read both.
  const logger = createLogger(undefined, args.json ? 'info' : 'warn');
  const opened: (() => Promise<void>)[] = [];
  let stopping = false;
  const stop = async (why: string, code = 0) => {
    if (stopping) return;
    stopping = true;
    logger.info({ why }, 'stopping');
    // Nothing that hangs may keep the process: the log is on disk, what waits is marked at the next start.
    setTimeout(() => {
      logger.warn({}, 'stopping took too long and was cut short');
      process.exit(code);
    }, STOP_LIMIT).unref();
    await Promise.allSettled(opened.map((close) => close()));
    process.exit(code);
  };
  // Before anything is opened: what fails on the way has the same end.
  endOnUncaught(onUncaught, logger, () => {
    process.stderr.write(
      'Greenlight met an error of its own and ends; calls that waited are refused. Start it again. The log says more.\n',
    );
    void stop('an error that nothing caught', 1);
  });
  const clock = machineClock;
  const settings = await openConfSettings(args.home);
  const secrets = await openSecrets({ directory: args.home, service: 'Greenlight', logger });
  // Another one with each start, kept nowhere: whoever finds an old one is not the person.
  const key = randomBytes(32).toString('base64url');
  let windowUrl = '';
  const openWindow = (approvalId?: string) => {
    const target = approvalId === undefined ? windowUrl : `${windowUrl}&approval=${approvalId}`;
    void openInBrowser(target, args.home, logger);
  };
  const core = await createGreenlight({
    dataDir: args.home,
    settings,
    secrets,
    notifier: createNotifier({ platform, logger }),
    openWindow,
    clock,
    logger,
    network: createNetwork({ env, logger }),
    port: args.port,
  });
  opened.push(() => core.stop());
  const connect = createConnect({
    home: homedir(),
    platform,
    env,
    dataDir: args.home,
    accepted: core.accepted,
    wall: clock.wall,
    logger,
  });
  const api = createApi(core, 'browser', connect);
  const ui = await openUiServer({
    port: args.uiPort ?? core.settings.get().ports.ui,
    key,
    api,
    assets: fileURLToPath(new URL('../../out/renderer', import.meta.url)),
    logger,
  }).catch(async (error) => {
    await core.stop();
    throw error;
  });
  opened.push(() => ui.close());
  const commands = await openCommandSocket({ dataDir: args.home, api, logger });
  opened.push(() => commands.close());
  windowUrl = `${ui.origin}/#key=${key}`;

  // SIGHUP: the terminal was closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));

  const grant = core.grants.list().length === 0 ? core.grants.create('First client') : undefined;
  const ready = {
    mcpUrl: core.mcpUrl,
    uiUrl: windowUrl,
    grant: grant && { id: grant.grant.id, token: grant.token },
  };
  process.stdout.write(args.json ? readyLine(ready) : welcome(ready, args.home));
  if (args.open && !args.json && hasScreen(env, platform)) openWindow();
}
