/**
 * `greenlight connect`: shows what connecting a client would change. It is applied in the window alone: it makes a token,
 * and taking over makes what stands in the client's file the upstream, so a program that writes such a file and applies it
 * would choose where calls, and the upstream's token, go (docs/threat-model.md).
 */
import { homedir } from 'node:os';
import { structuredPatch } from 'diff';
import type { ConnectTarget, FoundServer, Result } from '../../shared/contract.ts';
import { deadOf, isProtectable, refusedOf } from '../../shared/found-server.ts';
import { maskLineWith } from '../../shared/mask.ts';
import { mcpUrlOf, slugOf } from '../../shared/server-id.ts';
import { serversOf as allServers } from '../../shared/servers.ts';
import { createLogger } from '../base/log.ts';
import { connectClients } from '../connect/applications.ts';
import { type Connect, createConnect, type Protecting } from '../connect/connect.ts';
import type { Asked } from './approvals.ts';
import { CommandError, EXIT } from './command-error.ts';
import { ask, runsHere } from './host.ts';
import { say, sayJson } from './output.ts';
import { settingsIn } from './stored-settings.ts';

const IN_THE_WINDOW =
  'Nothing was changed. Apply it in Greenlight’s window, Clients → Connect a client: it makes a token, and may change where calls go, which no program may do in your place.';

/** Lists the clients that can be connected, and how each stands. */
export async function listClients({ home, json }: Asked): Promise<void> {
  const targets = await findTargets(home);
  if (json) return sayJson(targets);
  const has = new Set(allServers(settingsIn(home)).map((server) => server.id));
  for (const { id, name, path, detected, connected, direct, servers } of targets) {
    const past = servers.filter(isProtectable).map((server) => server.name);
    const refused = refusedOf(servers).map((server) => server.name);
    const dead = deadOf(servers, (server) => has.has(server));
    const stands = [
      connected
        ? 'connected'
        : path === undefined
          ? 'by hand'
          : detected
            ? 'not connected'
            : 'not found here',
      ...(direct.length > 0 ? [`reaches Luma past Greenlight: ${direct.join(', ')}`] : []),
      ...(past.length > 0 ? [`other servers not behind Greenlight: ${past.join(', ')}`] : []),
      ...(refused.length > 0 ? [`cannot be put behind Greenlight: ${refused.join(', ')}`] : []),
      ...(dead.length > 0
        ? [
            `leads to servers that Greenlight has no more: ${dead.map((server) => server.name).join(', ')}; connect it again`,
          ]
        : []),
    ];
    say(`${id.padEnd(16)}  ${name}: ${stands.join('; ')}`);
  }
}

/** Shows the change of `client`'s configuration, every secret masked. */
export async function previewClient({
  home,
  json,
  client,
  takeOver,
  protect,
}: Asked & { client: string; takeOver: boolean; protect: boolean }): Promise<void> {
  if (!connectClients.some(({ id }) => id === client)) {
    throw new CommandError(
      EXIT.misused,
      `Greenlight knows no client “${client}”. It knows ${connectClients.map(({ id }) => id).join(', ')}.`,
    );
  }
  const runs = runsHere(home);
  const { servers = [] } = (await findTargets(home, runs)).find(({ id }) => id === client) ?? {};
  const chosen = protect ? servers.filter(isProtectable) : [];
  const preview = runs
    ? await ask(home, 'connect.preview', { target: client, takeOver, protect: chosen.map(({ at }) => at) })
    : withoutHost(home).preview(client, {
        mcpUrl: mcpUrlIn(home),
        takeOver,
        protect: foreseen(home, chosen),
        has: (id) => allServers(settingsIn(home)).some((server) => server.id === id),
      });
  const change = preview.path === undefined ? [] : changedLines(preview);
  if (json) return sayJson({ path: preview.path, change, snippet: preview.snippet, notes: preview.notes });
  if (preview.path === undefined) say('Greenlight changes no file of it. Paste this:', '', preview.snippet);
  else if (change.length === 0) say(`${preview.path} is as it should be.`);
  else say(`${preview.path} would change so (secrets are masked):`, '', ...change);
  const stay = servers.flatMap(({ name, refused }) =>
    refused === undefined ? [] : [`“${name}” stays as it is. ${refused}`],
  );
  say('', ...[...preview.notes, ...stay].map((note) => `- ${note}`), '', IN_THE_WINDOW);
}

/** Where `servers` would be. What Greenlight has in its vault is not looked at, so each is a new one. */
function foreseen(home: string, servers: readonly FoundServer[]): Protecting[] {
  const mcpUrl = mcpUrlIn(home);
  const taken = settingsIn(home).servers.map(({ id }) => id);
  return servers.map(({ at, name }) => {
    const server = slugOf(name, taken);
    taken.push(server);
    return { at, server, mcpUrl: mcpUrlOf(mcpUrl, server), name, known: false };
  });
}

/** It cannot be applied, and this is why. */
export function refuseApply(): never {
  throw new CommandError(EXIT.misused, IN_THE_WINDOW);
}

/** The clients, as a running Greenlight sees them (`asks`), or without one. */
export async function findTargets(home: string, asks = runsHere(home)): Promise<ConnectTarget[]> {
  if (asks) return (await ask(home, 'connect.targets')).targets;
  const has = new Set(allServers(settingsIn(home)).map((server) => server.id));
  return withoutHost(home).targets(
    mcpUrlIn(home),
    () => true,
    (server) => has.has(server),
  );
}

function withoutHost(home: string): Connect {
  return createConnect({
    home: homedir(),
    platform: process.platform,
    env: process.env,
    dataDir: home,
    // Sealed in the database; without it, connect.json says nearly as much. Nothing is written.
    accepted: { get: () => undefined, set: () => {} },
    wall: Date.now,
    logger: createLogger(undefined, 'warn'),
  });
}

/** Where clients would find the Greenlight of `home`. */
function mcpUrlIn(home: string): string {
  return `http://127.0.0.1:${settingsIn(home).ports.mcp}/mcp`;
}

function changedLines({ before, after, secrets }: Result<'connect.preview'>): string[] {
  const mask = maskLineWith(secrets);
  return structuredPatch('', '', before, after, '', '', { context: 3 }).hunks.flatMap(({ lines }) =>
    lines.filter((line) => !line.startsWith('\\')).map(mask),
  );
}
