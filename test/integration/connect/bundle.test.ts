/** The bundle for Claude Desktop: read by Anthropic's own package, run as a child, used by the SDK's stdio client. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getMcpConfigForManifest, MANIFEST_SCHEMAS, unpackExtension } from '@anthropic-ai/mcpb';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernStdioTransport } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type CallToolResult,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { expect, onTestFinished, test } from 'vitest';
import { createBundle } from '../../../main/connect/bundle.ts';
import { startFullUpstream } from '../../servers/full.ts';
import { echoTool, startHttpUpstream } from '../../servers/http.ts';
import { startModernUpstream } from '../../servers/modern.ts';
import { startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo, textOf } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight, type TestGreenlightOptions } from '../../support/greenlight.ts';
import { until } from '../../support/wait.ts';

/** Unpacks a bundle as Claude Desktop does. */
async function unpacked(bundle: Buffer): Promise<string> {
  const folder = temporaryFolder();
  const file = join(folder, 'greenlight.mcpb');
  const outputDir = join(folder, 'unpacked');
  writeFileSync(file, bundle);
  expect(await unpackExtension({ mcpbPath: file, outputDir, silent: true })).toBe(true);
  return outputDir;
}

/** How Claude Desktop starts what is in a bundle, with what the person entered. */
async function commandOf(bundle: Buffer, userConfig: { token: string }) {
  const folder = await unpacked(bundle);
  const { default: json } = await import(join(folder, 'manifest.json'), { with: { type: 'json' } });
  const config = await getMcpConfigForManifest({
    manifest: json,
    extensionPath: folder,
    systemDirs: {},
    userConfig,
    pathSeparator: '/',
  });
  expect(config?.command).toBe('node');
  const { args = [], env = {} } = config ?? {};
  return { command: process.execPath, args, env, stderr: 'ignore' as const };
}

/** Starts it, and connects to it. */
async function install(bundle: Buffer, userConfig: { token: string }, client = clientOf()): Promise<Client> {
  const transport = new StdioClientTransport(await commandOf(bundle, userConfig));
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

function clientOf(capabilities = {}) {
  return new Client({ name: 'claude-ai', version: '0.1.0' }, { capabilities });
}

async function start(options: TestGreenlightOptions = {}) {
  const greenlight = await startGreenlight(options);
  onTestFinished(() => greenlight.stop());
  const bundle = createBundle(greenlight.core.mcpUrl, '1.2.3');
  return { ...greenlight, bundle };
}

/** A port at which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('the bundle that a host hands out is valid, asks for the token and keeps it, and knows the address', async () => {
  const host = await startBrowserHost();
  onTestFinished(async () => void (await host.stop()));
  const { targets } = await host.api('connect.targets');
  expect(targets.filter(({ bundle }) => bundle).map(({ id }) => id)).toEqual(['claude-desktop']);
  const { filename, content } = await host.api('connect.bundle');
  expect(filename).toBe('greenlight.mcpb');
  const bundle = Buffer.from(content, 'base64');
  expect(bundle.includes('glt_')).toBe(false);
  const folder = await unpacked(bundle);
  const { default: json } = await import(join(folder, 'manifest.json'), { with: { type: 'json' } });
  const manifest = MANIFEST_SCHEMAS['0.2'].parse(json);
  expect(manifest.user_config?.token).toMatchObject({ sensitive: true, required: true });
  expect(manifest.user_config?.address).toMatchObject({ default: host.ready.mcpUrl });

  // What was built runs.
  const client = await install(bundle, { token: host.ready.grant?.token ?? '' });
  expect((await client.listTools()).tools).toHaveLength(8);
  await until(async () => (await host.api('clients.list')).clients[0]?.name === 'claude-ai');
});

test('a call is held, and allowed', async () => {
  const { bundle, token, asked, core } = await start({ policy: null });
  const client = await install(bundle, { token });
  const call = askForVideo(client);
  const { id } = await asked();
  core.gate.decide(id, { answer: 'allow', for: 'once' });
  const answer = await call;
  expect(answer.isError).not.toBe(true);
  expect(textOf(answer)).toContain('task_id');
});

test('what the server says and asks unasked comes, within a call and beside all', async () => {
  const upstream = await startFullUpstream('2025-06-18');
  onTestFinished(() => upstream.close());
  const { bundle, token } = await start({ upstream: upstream.url });
  const client = clientOf({ sampling: {}, elicitation: {} });
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: 'none',
    role: 'assistant',
    content: { type: 'text', text: 'hi' },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { which: 'this' } }));
  let changed = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changed += 1;
  });
  await install(bundle, { token }, client);

  // Looked at as it comes in: the SDK forgets the progress of an answer that it read together with it.
  const steps: unknown[] = [];
  const { onmessage } = client.transport as Transport;
  (client.transport as Transport).onmessage = (message, extra) => {
    if ('method' in message && message.method === 'notifications/progress')
      steps.push(message.params?.progress);
    onmessage?.(message, extra);
  };
  await client.callTool({ name: 'steps' }, undefined, { onprogress: () => {} });
  expect(steps).toEqual([1, 2]);
  expect(textOf((await client.callTool({ name: 'sample' })) as CallToolResult)).toContain('hi');
  expect(textOf((await client.callTool({ name: 'elicit' })) as CallToolResult)).toContain('this');
  expect((await client.readResource({ uri: 'memo://1' })).contents[0]).toMatchObject({ text: 'ü€🎬' });

  await until(() => upstream.received.some(({ method }) => method === 'GET'));
  await until(async () => {
    await upstream.setTools([echoTool]);
    return changed > 0;
  });
  // The end of the client is the end of the session.
  await client.close();
  await until(() => upstream.received.some(({ method }) => method === 'DELETE'));
});

test('the revision without sessions passes as well', async () => {
  const upstream = await startModernUpstream('auto');
  onTestFinished(() => upstream.close());
  const { bundle, token } = await start({ upstream: upstream.url });
  const client = new ModernClient(
    { name: 'claude-ai', version: '0.2.0' },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { which: 'this' } }));
  onTestFinished(() => client.close());
  await client.connect(new ModernStdioTransport(await commandOf(bundle, { token })));
  // Only the list says which arguments headers repeat.
  await client.listTools();
  const args = { region: 'zürich ☃', count: 3 };
  const { content } = await client.callTool({ name: 'render', arguments: args });
  expect(content).toEqual([{ type: 'text', text: JSON.stringify(args) }]);
  expect(JSON.stringify(await client.callTool({ name: 'ask' }))).toContain('this');
  // The name that the header mirrors has letters that no header can have.
  await expect(client.readResource({ uri: 'memo://ü' })).rejects.toThrow('Resource not found: memo://ü');
});

test('a stream that stops before the answer goes on where it stopped', async () => {
  const upstream = await startFullUpstream('2025-06-18', { resumable: true });
  onTestFinished(() => upstream.close());
  const { bundle, token } = await start({ upstream: upstream.url });
  const client = await install(bundle, { token });
  expect(textOf((await client.callTool({ name: 'resume' })) as CallToolResult)).toBe('resumed');
});

test('a call that the client takes back is taken back', async () => {
  const { bundle, token, asked, core } = await start({ policy: null });
  const client = await install(bundle, { token });
  const left = new AbortController();
  const call = client.callTool({ name: 'luma_generate_video', arguments: { prompt: 'x' } }, undefined, {
    signal: left.signal,
  });
  call.catch(() => undefined);
  const { id } = await asked();
  left.abort();
  await expect(call).rejects.toThrow();
  await until(() => core.approvals.get(id)?.state === 'withdrawn');
  expect((await client.listTools()).tools).toHaveLength(8);
});

test('a session that the server has lost is opened again, and the client notices nothing', async () => {
  const first = await startHttpUpstream();
  const { bundle, token } = await start({ upstream: first.url });
  const client = await install(bundle, { token });
  await client.listTools();
  await first.close();
  const second = await startHttpUpstream({ port: Number(new URL(first.url).port) });
  onTestFinished(() => second.close());
  const echo = (text: string) => client.callTool({ name: 'echo', arguments: { text } });
  // Both find the session lost; it is opened once.
  expect(JSON.stringify(await Promise.all([echo('boat'), echo('train')]))).toMatch(/boat.*train/);
  expect(second.messages('initialize').filter(isOf('claude-ai'))).toHaveLength(1);
  expect(second.messages('notifications/initialized')).not.toEqual([]);
});

/** Of `initialize`: whether it is the client's, not Greenlight's own. */
const isOf = (name: string) => (message: Record<string, unknown>) => JSON.stringify(message).includes(name);

test('a wrong token is said in words, and where a right one comes from', async () => {
  const { bundle } = await start();
  await expect(install(bundle, { token: 'glt_wrong' })).rejects.toThrow(
    /Greenlight does not know this token\. Make one in Greenlight, under Clients, and enter it in Claude Desktop/,
  );
});

test('where Greenlight is not running, this is said', async () => {
  const address = `http://127.0.0.1:${await freePort()}/mcp`;
  await expect(install(createBundle(address, '1.2.3'), { token: 'glt_x' })).rejects.toThrow(
    `Greenlight is not running, or not at ${address}. Start Greenlight, then try again`,
  );
});

test('when Greenlight goes during a call, it is said that the call may have run', async () => {
  const host = await startBrowserHost();
  const { token = '' } = host.ready.grant ?? {};
  const bundle = Buffer.from((await host.api('connect.bundle')).content, 'base64');
  const client = await install(bundle, { token });
  const call = askForVideo(client);
  await until(async () => (await host.api('approvals.list')).approvals.length > 0);
  await host.stop('SIGKILL');
  await expect(call).rejects.toThrow(/The connection to Greenlight was lost.*not known whether the call ran/);
  await expect(client.listTools()).rejects.toThrow('Greenlight is not running');
});
