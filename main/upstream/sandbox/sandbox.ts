import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/cfworker-provider.js';
import { isJsonObject, type JsonObject } from '../../../shared/json.ts';
import type { Clock } from '../../base/ports.ts';
import { revisionNamed } from '../../base/revisions.ts';
import { createModern } from '../modern.ts';
import { type Upstream, type UpstreamAnswer, UpstreamError, type UpstreamRequest } from '../upstream.ts';
import { failure, runCall } from './calls.ts';
import { sandboxPrompts } from './prompts.ts';
import { Tasks } from './tasks.ts';
import { sandboxTools } from './tools.ts';

/**
 * The embedded upstream: an MCP server in this process with Luma's tools and prompts, stateless like the
 * hosted one. It spends nothing and calls nobody; a task takes `taskDuration` milliseconds of `clock`.
 */
export function createSandboxUpstream(settings: { clock: Clock; taskDuration?: number }): Upstream {
  const tasks = new Tasks(settings.clock, settings.taskDuration ?? 4000);
  const closing = new AbortController();
  const send = async (message: JsonObject, signal: AbortSignal) => {
    const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
    const request = { method: 'POST' as const, headers, body: JSON.stringify(message), signal };
    return toAnswer(await answer(createServer(tasks), request, closing.signal));
  };
  const answerModern = createModern({ opened: async () => SANDBOX, send });

  return {
    kind: 'sandbox',
    async send(request) {
      if (request.method !== 'POST')
        return toAnswer(new Response(null, { status: 405, headers: { allow: 'POST' } }));
      if (isJsonObject(request.message) && revisionNamed(request.message) !== undefined)
        return answerModern(request.message, request.signal);
      return toAnswer(await answer(createServer(tasks), request, closing.signal));
    },
    async close() {
      closing.abort();
    },
  };
}

/** Has `server` answer this one request; ends it when the request is cancelled or the sandbox closes. */
async function answer(server: Server, request: UpstreamRequest, closing: AbortSignal): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  // The SDK's classes do not declare their optional callbacks as `| undefined`.
  await server.connect(transport as Parameters<Server['connect']>[0]);
  const { method, headers, body, signal } = request;
  const web = new Request('http://sandbox.invalid/mcp', { method, headers, body: body ?? null });
  return new Promise((resolve, reject) => {
    const cancel = (reached: boolean) => {
      reject(new UpstreamError('The request was cancelled.', { reached }));
      void server.close();
    };
    if (signal.aborted || closing.aborted) return cancel(false);
    const stop = () => cancel(true);
    signal.addEventListener('abort', stop);
    closing.addEventListener('abort', stop);
    transport
      .handleRequest(web)
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', stop);
        closing.removeEventListener('abort', stop);
      });
  });
}

/** What it answers to `initialize`. */
const SANDBOX = {
  serverInfo: { name: 'luma-sandbox', title: 'Luma sandbox', version: '1.0.0' },
  capabilities: { tools: {}, prompts: {} },
};

// Without it every server would build an Ajv of its own, which takes longer than the rest of a call.
const jsonSchemaValidator = new CfWorkerJsonSchemaValidator();

function createServer(tasks: Tasks): Server {
  const server = new Server(SANDBOX.serverInfo, { capabilities: SANDBOX.capabilities, jsonSchemaValidator });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...sandboxTools] }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => {
    // The real server says it as a tool's error, too.
    if (!sandboxTools.some(({ name }) => name === params.name))
      return failure(`Unknown tool: ${params.name}`);
    return runCall(params.name, params.arguments ?? {}, tasks, signal);
  });
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: sandboxPrompts.map(({ name, description }) => ({ name, description, arguments: [] })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = sandboxPrompts.find(({ name }) => name === params.name);
    if (!prompt) throw new McpError(ErrorCode.InvalidParams, `Unknown prompt: ${params.name}`);
    return {
      description: prompt.description,
      messages: [{ role: 'user', content: { type: 'text', text: prompt.text } }],
    };
  });
  return server;
}

function toAnswer(response: Response): UpstreamAnswer {
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    body: response.body ?? NO_BODY,
  };
}

const NO_BODY: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };
