/** What an upstream of the revisions with a handshake can offer beyond tools, and a tool for each way to talk back. */
import {
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListRootsResultSchema,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import {
  echoTool,
  type HttpUpstream,
  type HttpUpstreamOptions,
  type ScriptedTool,
  startHttpUpstream,
} from './http.ts';

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const tool = (name: string, run: NonNullable<ScriptedTool['run']>): ScriptedTool => ({
  name,
  inputSchema: { type: 'object' },
  run,
});

const tools: ScriptedTool[] = [
  echoTool,
  tool('steps', async (call) => {
    await call.progress(1, 3, 'one');
    await call.progress(2, 3, 'two');
    return text('stepped');
  }),
  tool('fail', () => ({ ...text('It went wrong.'), isError: true })),
  tool('rich', () => ({
    content: [
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
      { type: 'resource', resource: { uri: 'memo://1', text: 'a memo' } },
    ],
    structuredContent: { tools: ['not a tool list'], ok: true },
    _meta: { 'vendor/key': 1 },
  })),
  tool('sample', async (call) => {
    const { content } = await call.sample({
      messages: [{ role: 'user', content: { type: 'text', text: 'Say hi' } }],
      maxTokens: 5,
    });
    return text(JSON.stringify(content));
  }),
  tool('elicit', async (call) =>
    text(
      JSON.stringify(
        await call.elicit({
          message: 'Which?',
          requestedSchema: { type: 'object', properties: { which: { type: 'string' } } },
        }),
      ),
    ),
  ),
  tool('resume', async (call) => {
    await call.progress(1, 2, 'before');
    call.closeStream();
    await new Promise((resolve) => setTimeout(resolve, 30));
    return text('resumed');
  }),
  tool('hang', ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject))),
];

/** Starts an upstream that speaks `version` and offers everything. */
export function startFullUpstream(version: string, options: HttpUpstreamOptions = {}): Promise<HttpUpstream> {
  return startHttpUpstream({
    tools,
    ...options,
    capabilities: {
      resources: { subscribe: true, listChanged: true },
      prompts: {},
      completions: {},
      logging: {},
    },
    intercept(request) {
      // The SDK's clients ask for the newest revision they know: let the server hear an older one.
      if (request.body.includes('"initialize"')) {
        const message = JSON.parse(request.body);
        message.params.protocolVersion = version;
        request.body = JSON.stringify(message);
      }
      return false;
    },
    configure(server) {
      server.setRequestHandler(ListResourcesRequestSchema, () => ({
        resources: [{ uri: 'memo://1', name: 'Memo' }],
      }));
      server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
        resourceTemplates: [{ uriTemplate: 'memo://{id}', name: 'Memos' }],
      }));
      server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => ({
        contents: [{ uri: params.uri, mimeType: 'text/plain', text: 'ü€🎬' }],
      }));
      server.setRequestHandler(SubscribeRequestSchema, async ({ params }) => {
        setTimeout(() => void server.sendResourceUpdated({ uri: params.uri }), 5);
        return {};
      });
      server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [{ name: 'storyboard' }] }));
      server.setRequestHandler(GetPromptRequestSchema, async ({ params }, extra) => {
        await extra.sendNotification({
          method: 'notifications/message',
          params: { level: 'info', data: `prompt ${params.name}` },
        });
        const roots = params.arguments?.roots
          ? await extra.sendRequest({ method: 'roots/list' }, ListRootsResultSchema)
          : undefined;
        return {
          messages: [{ role: 'user', content: { type: 'text', text: JSON.stringify(roots ?? 'none') } }],
        };
      });
      server.setRequestHandler(CompleteRequestSchema, ({ params }) => ({
        completion: { values: [`${params.argument.value}1`, `${params.argument.value}2`] },
      }));
      server.setRequestHandler(SetLevelRequestSchema, () => ({}));
    },
  });
}
