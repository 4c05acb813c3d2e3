/** `greenlight doctor`: what keeps Greenlight from working, each with its cause and what to do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectTarget, State } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import { serverLabel } from '../../shared/server-name.ts';
import { placeOf } from '../../shared/server-words.ts';
import { serversOf } from '../../shared/servers.ts';
import { defaultSettings, type Settings, settingsSchema } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { connectClients } from '../connect/applications.ts';
import type { Asked } from './approvals.ts';
import { CommandError, EXIT } from './command-error.ts';
import { findTargets } from './connect.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';
import { ask, runsHere } from './host.ts';
import { checkDataDirectory, checkKeyring, checkNotifier } from './machine-checks.ts';
import { checkClock, checkListening, checkPort, checkProxies, checkUpstream } from './network-checks.ts';
import { say, sayJson } from './output.ts';
import { readPolicy } from './policy.ts';

/** Looks at everything; returns whether nothing is wrong. Nothing is changed. */
export async function examine({ home, json }: Asked): Promise<boolean> {
  const findings: Finding[] = [];
  const { running, lock } = await checkLock(home);
  findings.push(lock, ...checkDataDirectory(home));
  const { settings, finding } = readSettings(home);
  findings.push(finding);
  findings.push(running ? await checkListening(running.mcpUrl) : await checkPort(settings.ports.mcp));
  findings.push(running ? notifierOf(running) : checkNotifier());
  findings.push(running ? secretsOf(running) : await checkKeyring());
  const servers = serversOf(settings);
  const answers = await Promise.all(
    servers.map((server) => checkUpstream(server, upstreamCheck(servers, server.id))),
  );
  findings.push(...(running ? upstreamsOf(running) : answers.map((answer) => answer.finding)));
  const date = answers.find((answer) => answer.date !== undefined)?.date;
  findings.push(...(await checkProxies()), checkClock(home, date));
  findings.push(...(running ? [] : checkPolicies(home)));
  findings.push(...(await checkClients(home, running !== undefined)));
  findings.push(...(running?.problems ?? []).map(({ id, message }) => wrong(`problem (${id})`, message)));

  const fine = findings.every(({ state }) => state !== 'wrong');
  if (json) sayJson({ ok: fine, checks: findings });
  else {
    for (const { state, check, what, todo } of findings)
      say(`${MARKS[state]}  ${check}: ${what}`, ...(todo === undefined ? [] : [`       ${todo}`]));
    const count = findings.filter(({ state }) => state === 'wrong').length;
    say(fine ? 'Nothing is wrong.' : count === 1 ? '1 thing is wrong.' : `${count} things are wrong.`);
  }
  return fine;
}

const MARKS = { ok: 'ok   ', wrong: 'WRONG', unknown: '?    ' } as const;

/** Who has the data directory: a Greenlight that can be asked, one that cannot, or none. */
async function checkLock(home: string): Promise<{ running?: State; lock: Finding }> {
  try {
    if (!runsHere(home))
      return { lock: ok('lock', `No Greenlight runs with ${home}; the rest is what a start would find.`) };
    const running = await Promise.race([ask(home, 'state.get'), silence(home)]);
    return {
      running,
      lock: ok('lock', `Greenlight ${running.version} runs with ${home} (${running.host} host).`),
    };
  } catch (error) {
    return { lock: wrong('lock', wordsOf(error)) };
  }
}

/** Milliseconds that a running Greenlight has to answer. */
const PATIENCE = 10_000;

async function silence(home: string): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  throw new CommandError(
    EXIT.wrong,
    `A Greenlight runs with ${home}, but says nothing. Quit it, or end its process, and start it again.`,
  );
}

function readSettings(home: string): { settings: Settings; finding: Finding } {
  const path = join(home, 'settings.json');
  try {
    const parsed = settingsSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (parsed.success) return { settings: parsed.data, finding: ok('settings', `${path} is valid.`) };
    const [issue] = parsed.error.issues;
    return {
      settings: defaultSettings,
      finding: unknown(
        'settings',
        `${path} is not as this version writes it (${issue?.path.join('.')}: ${issue?.message}). One of an earlier version is brought up to date when Greenlight starts; one that is not valid is then put aside, and every call is blocked.`,
      ),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { settings: defaultSettings, finding: ok('settings', 'There are none yet; the defaults hold.') };
    return {
      settings: defaultSettings,
      finding: wrong(
        'settings',
        `${path} cannot be used: ${(error as Error).message}.`,
        'Mend it, or move it away: then Greenlight blocks every call until you choose a guard mode.',
      ),
    };
  }
}

function notifierOf({ notifier: { kind, working, message } }: State): Finding {
  if (working) return ok('notifier', `Notifications are shown by ${kind}.`);
  // What it says itself has what to do in it.
  return message === undefined
    ? wrong('notifier', `${kind}: it does not work.`, 'Until then approvals wait in the window.')
    : wrong('notifier', `${kind}: ${message}`);
}

function secretsOf({ secrets }: State): Finding {
  return /no system keyring/.test(secrets)
    ? wrong(
        'keyring',
        `Secrets are in ${secrets}.`,
        'Unlock or install a keyring (GNOME Keyring, KWallet) and start Greenlight again; or start it with GREENLIGHT_SECRETS=file, which says that you want the file.',
      )
    : ok('keyring', `Secrets are in ${secrets}.`);
}

/** How the check of the upstream of the server `id` is called: by its name where there are several. */
function upstreamCheck(servers: readonly { id: string; name: string }[], id: string): string {
  const name = serverLabel(servers, id);
  return name === undefined ? 'upstream' : `upstream (${name})`;
}

/** Of each server, as the running Greenlight sees it. */
function upstreamsOf({ upstream, servers }: State): Finding[] {
  return servers.map(({ id, kind, status, message }) => {
    const check = upstreamCheck(servers, id);
    if (status === 'starting') return unknown(check, `${kind}: ${message ?? 'it was not asked yet.'}`);
    if (status !== 'connected')
      return wrong(check, `${kind}: ${message ?? status}`, `See ${placeOf(id)} in the window.`);
    // Of others the state does not say it.
    const { server, tools } = id === LUMA ? upstream : {};
    const who = server === undefined ? 'it answers' : `${server.name} ${server.version}`;
    return ok(check, `${kind}: ${who}${tools === undefined ? '' : `, ${tools} tools`}.`);
  });
}

function checkPolicies(home: string): Finding[] {
  const folder = join(home, 'policies');
  let files: string[];
  try {
    files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [ok('policies', 'There are none yet; the presets are written at the first start.')];
  }
  const faults = files.flatMap((name) => {
    const path = join(folder, name);
    try {
      const read = readPolicy(path);
      return 'policy' in read ? [] : [`${path}: ${read.errors[0]?.pointer}: ${read.errors[0]?.message}`];
    } catch (error) {
      return [wordsOf(error)];
    }
  });
  return faults.length === 0
    ? [ok('policies', `${files.length} files are valid.`)]
    : faults.map((fault) =>
        wrong(
          'policies',
          fault,
          'What was accepted last stays in force; "greenlight policy validate" says all of it.',
        ),
      );
}

async function checkClients(home: string, asks: boolean): Promise<Finding[]> {
  let targets: ConnectTarget[];
  try {
    targets = await findTargets(home, asks);
  } catch (error) {
    return [wrong('clients', wordsOf(error))];
  }
  const found = targets.flatMap((target) => aboutClient(target));
  const connected = targets.filter((target) => target.connected).map(({ name }) => name);
  if (found.some(({ state }) => state === 'wrong')) return found;
  return [
    ...found,
    connected.length === 0
      ? unknown(
          'clients',
          'No client is connected that Greenlight knows to look for.',
          '"greenlight connect CLIENT" shows how; the window does it (Clients).',
        )
      : ok('clients', `Connected: ${connected.join(', ')}.`),
  ];
}

function aboutClient({ id, name, direct, note, todo, path }: ConnectTarget): Finding[] {
  const check = `client (${name})`;
  const always = connectClients.find((client) => client.id === id)?.note;
  return [
    ...(direct.length > 0
      ? [
          wrong(
            check,
            `It reaches Luma past Greenlight, by ${direct.join(', ')} in ${path}.`,
            'Connect it in the window (Clients), which takes that over; or remove the entry.',
          ),
        ]
      : []),
    ...(note !== undefined && note !== always ? [wrong(check, note)] : []),
    ...(todo === undefined ? [] : [unknown(check, `It is connected, and has not come yet. ${todo}`)]),
  ];
}

function wordsOf(error: unknown): string {
  if (error instanceof UserFacingError) return error.message;
  throw error;
}
