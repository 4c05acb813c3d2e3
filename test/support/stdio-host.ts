/** Opens one session with a stdio upstream, prints `<child pid>` and stays, until it is killed. */
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { createStdioUpstream } from '../../main/upstream/stdio/stdio.ts';
import { upstreamFetch } from '../../main/upstream/tools/fetch.ts';
import { silent } from './log.ts';

const upstream = createStdioUpstream({
  command: process.execPath,
  args: [fileURLToPath(new URL('../servers/stdio.ts', import.meta.url))],
  logger: silent,
});
const client = new Client({ name: 'host', version: '1' });
const transport = new StreamableHTTPClientTransport(new URL('http://stdio.invalid/'), {
  fetch: upstreamFetch(upstream),
});
await client.connect(transport as Parameters<Client['connect']>[0]);
const { content } = await client.callTool({ name: 'pid', arguments: {} });
process.stdout.write(`${(content as { text: string }[])[0]?.text}\n`);
setInterval(() => {}, 1000);
