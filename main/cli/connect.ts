/**
 * `greenlight connect`: shows what connecting a client would change. It is applied in the window alone: it makes a token,
 * and taking over makes what stands in the client's file the upstream, so a program that writes such a file and applies it
 * would choose where calls, and the upstream's token, go (docs/threat-model.md).
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { structuredPatch } from 'diff';
import type { ConnectTarget, Result } from '../../shared/contract.ts';
import { maskLine } from '../../shared/mask.ts';
import { defaultSettings, settingsSchema } from '../../shared/settings.ts';
import { createLogger } from '../base/log.ts';
import { connectClients } from '../connect/applications.ts';
import { type Connect, createConnect } from '../connect/connect.ts';
import type { Asked } from './approvals.ts';
import { CommandError, EXIT } from './command-error.ts';
import { ask, runsHere } from './host.ts';
import { say, sayJson } from './output.ts';

const IN_THE_WINDOW =
  'Nothing was changed. Apply it in Greenlight’s window, Clients → Connect a client: it makes a token, and may change where calls go, which no program may do in your place.';

/** Lists the clients that can be connected, and how each stands. */
export async function listClients({ home, json }: Asked): Promise<void> {
  const targets = await findTargets(home);
  if (json) return sayJson(targets);
  for (const { id, name, path, detected, connected, direct } of targets) {
    const stands = [
      connected
        ? 'connected'
        : path === undefined
          ? 'by hand'
          : detected
            ? 'not connected'
            : 'not found here',
      ...(direct.length > 0 ? [`reaches Luma past Greenlight: ${direct.join(', ')}`] : []),
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
}: Asked & { client: string; takeOver: boolean }): Promise<void> {
  if (!connectClients.some(({ id }) => id === client)) {
    throw new CommandError(
      EXIT.misused,
      `Greenlight knows no client “${client}”. It knows ${connectClients.map(({ id }) => id).join(', ')}.`,
    );
  }
  const preview = runsHere(home)
    ? await ask(home, 'connect.preview', { target: client, takeOver })
    : withoutHost(home).preview(client, { mcpUrl: mcpUrlOf(home), takeOver });
  const change = preview.path === undefined ? [] : changedLines(preview);
  if (json) return sayJson({ path: preview.path, change, snippet: preview.snippet, notes: preview.notes });
  if (preview.path === undefined) say('Greenlight changes no file of it. Paste this:', '', preview.snippet);
  else if (change.length === 0) say(`${preview.path} is as it should be.`);
  else say(`${preview.path} would change so (secrets are masked):`, '', ...change);
  say('', ...preview.notes.map((note) => `- ${note}`), '', IN_THE_WINDOW);
}

/** It cannot be applied, and this is why. */
export function refuseApply(): never {
  throw new CommandError(EXIT.misused, IN_THE_WINDOW);
}

/** The clients, as a running Greenlight sees them (`asks`), or without one. */
export async function findTargets(home: string, asks = runsHere(home)): Promise<ConnectTarget[]> {
  if (asks) return (await ask(home, 'connect.targets')).targets;
  return withoutHost(home).targets(mcpUrlOf(home));
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
function mcpUrlOf(home: string): string {
  let port = defaultSettings.ports.mcp;
  try {
    port = settingsSchema.parse(JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8'))).ports.mcp;
  } catch {
    // None yet, or none that counts.
  }
  return `http://127.0.0.1:${port}/mcp`;
}

function changedLines({ before, after }: Result<'connect.preview'>): string[] {
  return structuredPatch('', '', before, after, '', '', { context: 3 }).hunks.flatMap(({ lines }) =>
    lines.filter((line) => !line.startsWith('\\')).map((line) => maskLine(line)),
  );
}
