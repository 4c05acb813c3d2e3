/**
 * Opens one session with a stdio upstream (the command of its own command line, or the scripted server), prints the
 * server's process id and what was written to standard error, and stays, until it is killed.
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { createStdioUpstream } from '../../main/upstream/stdio/stdio.ts';
import { upstreamFetch } from '../../main/upstream/tools/fetch.ts';
import { callForText } from './client.ts';

const server = fileURLToPath(new URL('../servers/stdio.ts', import.meta.url));
const [command = process.execPath, ...args] = process.argv.slice(2);
const lines: string[] = [];
const note = (details: object) => {
  if ('line' in details) lines.push(String(details.line));
};
const upstream = createStdioUpstream({
  command,
  args: args.length > 0 ? args : [server],
  logger: { debug: note, info: note, warn: note, error: note },
});
const client = new Client({ name: 'host', version: '1' });
const transport = new StreamableHTTPClientTransport(new URL('http://stdio.invalid/'), {
  fetch: upstreamFetch(upstream),
});
await client.connect(transport as Parameters<Client['connect']>[0]);
process.stdout.write(`${[await callForText(client, 'pid'), ...lines].join(' ')}\n`);
setInterval(() => {}, 1000);
