/**
 * A small MCP server over stdio, run as a child of its own: `node stdio.ts [--stubborn]`.
 * With `--stubborn` it ends neither when its input closes nor on SIGTERM.
 */
import { once } from 'node:events';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createScriptedServer, echoTool, type ScriptedTool, type ToolCall } from './http.ts';

const answer = (text: string) => ({ content: [{ type: 'text' as const, text }] });
const tool = (name: string, run: NonNullable<ScriptedTool['run']>): ScriptedTool => ({
  name,
  inputSchema: { type: 'object', additionalProperties: true },
  run,
});

const tools: ScriptedTool[] = [
  echoTool,
  tool('pid', () => answer(String(process.pid))),
  tool('env', (call) => answer(process.env[String(call.arguments.name)] ?? '(unset)')),
  tool('say', (call) => {
    process.stderr.write(`${call.arguments.line}\n`);
    return answer('said');
  }),
  tool('garble', () => {
    process.stdout.write('this is not JSON\n');
    return answer('garbled');
  }),
  // Writes 64 MiB, and says on standard error when nobody seems to read it, and when somebody has.
  tool('flood', () => {
    void flood();
    return answer('flooding');
  }),
  tool('deaf', () => {
    process.stdin.pause();
    setInterval(() => {}, 1000);
    return answer('deaf');
  }),
  tool('crash', () => process.exit(3)),
  tool('hang', (call) => hang(call)),
  tool('steps', async (call) => {
    await call.progress(1, 2, 'half way');
    return answer('done');
  }),
  tool('ask', async (call) => {
    const { action } = await call.elicit({
      message: 'Really?',
      requestedSchema: { type: 'object', properties: {} },
    });
    return answer(action);
  }),
];

async function flood(): Promise<void> {
  const data = 'x'.repeat(1024 * 1024);
  const message = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data } };
  for (let n = 0; n < 64; n += 1) {
    if (process.stdout.write(`${JSON.stringify(message)}\n`)) continue;
    const stuck = setTimeout(() => process.stderr.write('stuck\n'), 1000);
    await once(process.stdout, 'drain');
    clearTimeout(stuck);
  }
  process.stderr.write('flooded\n');
}

/** Says so on standard error when it starts and when it is cancelled. */
function hang({ signal }: ToolCall): Promise<never> {
  process.stderr.write('hanging\n');
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      process.stderr.write('cancelled\n');
      reject(new Error('cancelled'));
    });
  });
}

if (process.argv.includes('--stubborn')) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);
} else {
  process.stdin.on('end', () => process.exit(0));
}
const server = createScriptedServer(() => tools);
tools.push(
  tool('change', async () => {
    await server.sendToolListChanged();
    return answer('changed');
  }),
);
await server.connect(new StdioServerTransport());
