/**
 * What the official conformance suite expects of a server under test, by the names that its scenarios use; after the
 * reference server of the TypeScript SDK (test/conformance/src/everythingServer.ts, Apache-2.0 and MIT).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type ElicitRequestFormParams,
  fromJsonSchema,
  type InputRequests,
  inputRequired,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** One red point. */
const IMAGE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** A WAV file without a sound. */
const AUDIO = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

/** The parts of the server that only its host knows. */
export interface EverythingHost {
  /** Ends the stream of a request before its answer, so that the client has to resume. */
  closeStream(sessionId: string | undefined, requestId: string | number): void;
  /** Tells those who listen (2026-07-28) that a list changed. */
  changed(list: 'tools' | 'prompts'): void;
}

/** The state that goes to the client and comes back, sealed (SEP-2322); one key for all servers of this process. */
const state = createRequestStateCodec<Record<string, unknown>>({ key: randomBytes(32) });

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));
const nothing = z.object({});

/** The form with one required text or truth, as an input request. */
const ask = (message: string, name: string, type: 'string' | 'boolean' = 'string') =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: 'object',
      properties: { [name]: type === 'string' ? { type } : { type } },
      required: [name],
    },
  });
const askName = () => ask('What is your name?', 'name');
const askModel = (question: string, maxTokens: number) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens,
  });

/** A server with all of it. */
export function createEverythingServer(host: EverythingHost): McpServer {
  const server = new McpServer(
    { name: 'everything', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: state.verify },
    },
  );
  contents(server);
  streams(server, host);
  questions(server);
  schemas(server);
  rounds(server);
  resources(server);
  prompts(server);
  server.server.setRequestHandler('logging/setLevel', () => ({}));
  server.server.setRequestHandler('completion/complete', () => ({
    completion: { values: [], total: 0, hasMore: false },
  }));
  return server;
}

/** Tools that answer with each kind of content. */
function contents(server: McpServer): void {
  const image = { type: 'image' as const, data: IMAGE, mimeType: 'image/png' };
  const resource = (uri: string, mimeType: string, value: string) => ({
    type: 'resource' as const,
    resource: { uri, mimeType, text: value },
  });
  server.registerTool('test_simple_text', { description: 'Simple text.' }, () =>
    text('This is a simple text response for testing.'),
  );
  server.registerTool('test_image_content', { description: 'Image content.' }, () => ({ content: [image] }));
  server.registerTool('test_audio_content', { description: 'Audio content.' }, () => ({
    content: [{ type: 'audio', data: AUDIO, mimeType: 'audio/wav' }],
  }));
  server.registerTool('test_embedded_resource', { description: 'Embedded resource.' }, () => ({
    content: [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  }));
  server.registerTool('test_multiple_content_types', { description: 'Multiple content types.' }, () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      image,
      resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  }));
  server.registerTool('test_error_handling', { description: 'Error handling.' }, () => {
    throw new Error('This tool intentionally returns an error for testing');
  });
}

/** Tools that say something before they answer, or end their stream. */
function streams(server: McpServer, host: EverythingHost): void {
  server.registerTool(
    'test_tool_with_logging',
    { description: 'Tool with logging.', inputSchema: nothing },
    async (_args, { mcpReq }) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
        await soon();
      }
      return text('Tool with logging executed successfully');
    },
  );
  server.registerTool(
    'test_logging_tool',
    { description: 'Logging tool.', inputSchema: nothing },
    async (_args, { mcpReq }) => {
      await mcpReq.log('info', 'Only where the request set a level.');
      return text('logged');
    },
  );
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Tool with progress.', inputSchema: nothing },
    async (_args, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 100, message: `Completed step ${progress} of 100` },
        });
        await soon();
      }
      return text(String(progressToken ?? 'no-progress-token'));
    },
  );
  server.registerTool(
    'test_reconnection',
    { description: 'Reconnection.', inputSchema: nothing },
    async (_args, { sessionId, mcpReq }) => {
      host.closeStream(sessionId, mcpReq.id);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return text('Reconnection test completed successfully.');
    },
  );
  server.registerTool(
    'test_streaming_elicitation',
    { description: 'Streaming elicitation.', inputSchema: nothing },
    () => text('no requests here'),
  );
  server.registerTool(
    'test_trigger_tool_change',
    { description: 'Trigger tool change.', inputSchema: nothing },
    () => {
      host.changed('tools');
      return text('tools/list_changed was sent');
    },
  );
  server.registerTool(
    'test_trigger_prompt_change',
    { description: 'Trigger prompt change.', inputSchema: nothing },
    () => {
      host.changed('prompts');
      return text('prompts/list_changed was sent');
    },
  );
}

/** Tools that ask the client while they run (up to 2025-11-25). */
function questions(server: McpServer): void {
  const asked = async (of: Promise<unknown>, words: (answer: unknown) => string) => {
    try {
      return text(words(await of));
    } catch (error) {
      return text(`Not supported or error: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const accepted = (what: string) => (answer: unknown) => {
    const { action, content } = answer as { action?: string; content?: unknown };
    return `${what}: action=${action}, content=${JSON.stringify(content ?? {})}`;
  };
  server.registerTool(
    'test_sampling',
    { description: 'Sampling.', inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, { mcpReq }) =>
      asked(
        mcpReq.send({
          method: 'sampling/createMessage',
          params: { messages: [{ role: 'user', content: { type: 'text', text: prompt } }], maxTokens: 100 },
        }),
        (answer) =>
          `LLM response: ${(answer as { content?: { text?: string } }).content?.text ?? 'No response'}`,
      ),
  );
  server.registerTool(
    'test_elicitation',
    { description: 'Elicitation.', inputSchema: z.object({ message: z.string() }) },
    ({ message }, { mcpReq }) =>
      asked(
        mcpReq.send({
          method: 'elicitation/create',
          params: {
            message,
            requestedSchema: {
              type: 'object',
              properties: { response: { type: 'string', description: "User's response" } },
              required: ['response'],
            },
          },
        }),
        accepted('User response'),
      ),
  );
  const form = (
    name: string,
    message: string,
    properties: ElicitRequestFormParams['requestedSchema']['properties'],
  ) =>
    server.registerTool(name, { description: name, inputSchema: nothing }, (_args, { mcpReq }) =>
      asked(
        mcpReq.send({
          method: 'elicitation/create',
          params: { message, requestedSchema: { type: 'object', properties, required: [] } },
        }),
        accepted('Elicitation completed'),
      ),
    );
  form('test_elicitation_sep1034_defaults', 'Please review and update the form fields with defaults', {
    name: { type: 'string', description: 'User name', default: 'John Doe' },
    age: { type: 'integer', description: 'User age', default: 30 },
    score: { type: 'number', description: 'User score', default: 95.5 },
    status: {
      type: 'string',
      description: 'User status',
      enum: ['active', 'inactive', 'pending'],
      default: 'active',
    },
    verified: { type: 'boolean', description: 'Verification status', default: true },
  });
  const titled = (name: string, title: string) =>
    [1, 2, 3].map((number) => ({
      const: `${name}${number}`,
      title: `${['First', 'Second', 'Third'][number - 1]} ${title}`,
    }));
  const plain = (name: string) => [1, 2, 3].map((number) => `${name}${number}`);
  form('test_elicitation_sep1330_enums', 'Please select options from the enum fields', {
    untitledSingle: { type: 'string', description: 'Select one option', enum: plain('option') },
    titledSingle: { type: 'string', description: 'Select one with titles', oneOf: titled('value', 'Option') },
    legacyEnum: {
      type: 'string',
      description: 'Select one option (legacy)',
      enum: plain('opt'),
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: {
      type: 'array',
      description: 'Select multiple options',
      minItems: 1,
      maxItems: 3,
      items: { type: 'string', enum: plain('option') },
    },
    titledMulti: {
      type: 'array',
      description: 'Select multiple options with titles',
      minItems: 1,
      maxItems: 3,
      items: { anyOf: titled('value', 'Choice') },
    },
  });
}

/** Tools whose schema has to come through as it is. */
function schemas(server: McpServer): void {
  server.registerTool(
    'json_schema_2020_12_tool',
    {
      description: 'Json schema 2020 12 tool.',
      inputSchema: fromJsonSchema<object>({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        $defs: {
          address: {
            $anchor: 'addressDef',
            type: 'object',
            properties: { street: { type: 'string' }, city: { type: 'string' } },
          },
        },
        properties: {
          name: { type: 'string' },
          address: { $ref: '#/$defs/address' },
          contactMethod: { type: 'string', enum: ['phone', 'email'] },
          phone: { type: 'string' },
          email: { type: 'string' },
        },
        allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
        if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: { required: ['phone'] },
        else: { required: ['email'] },
        additionalProperties: false,
      }),
    },
    (args) => text(`JSON Schema 2020-12 tool called with: ${JSON.stringify(args)}`),
  );
  // `x-mcp-header` (MCP 2026-07-28) is not among the members that the types of JSON Schema know.
  const mirrored = {
    type: 'object',
    properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, level: { type: 'integer' } },
  } as const;
  server.registerTool(
    'test_x_mcp_header',
    { description: 'X mcp header.', inputSchema: fromJsonSchema<{ region?: string }>(mirrored) },
    ({ region }) => text(`region=${region ?? '<none>'}`),
  );
}

/** Tools that ask by their result (2026-07-28): each is called again, with the answers, until it has them all. */
function rounds(server: McpServer): void {
  const tool = (
    name: string,
    run: (mcpReq: ServerContext['mcpReq']) => Promise<ReturnType<typeof text>> | ReturnType<typeof text>,
    missing: (
      mcpReq: ServerContext['mcpReq'],
    ) =>
      | Promise<Parameters<typeof inputRequired>[0] | undefined>
      | Parameters<typeof inputRequired>[0]
      | undefined,
  ) =>
    server.registerTool(name, { description: name, inputSchema: nothing }, async (_args, { mcpReq }) => {
      const more = await missing(mcpReq);
      return more === undefined ? run(mcpReq) : inputRequired(more);
    });
  const accepted = <T extends Record<string, unknown>>(
    { inputResponses }: ServerContext['mcpReq'],
    name: string,
  ) => acceptedContent<T>(inputResponses, name);
  const sealed = (of: Record<string, unknown>) => state.mint({ ...of, nonce: randomUUID() });
  /** What the client's model said, of an answer. */
  const said = (answer: unknown) => (answer as { content?: { text?: string } } | undefined)?.content?.text;
  const rootsOf = (answer: unknown) => (answer as { roots?: { uri?: string }[] } | undefined)?.roots;

  tool(
    'test_missing_capability',
    () => text('sampling round-trip complete'),
    ({ inputResponses }) =>
      inputResponses?.llm_answer === undefined
        ? { inputRequests: { llm_answer: askModel('Reply with the single word: pong', 16) } }
        : undefined,
  );
  tool(
    'test_input_required_result_elicitation',
    (mcpReq) => text(`Hello, ${accepted<{ name: string }>(mcpReq, 'user_name')?.name}!`),
    (mcpReq) =>
      typeof accepted<{ name: unknown }>(mcpReq, 'user_name')?.name === 'string'
        ? undefined
        : { inputRequests: { user_name: askName() } },
  );
  tool(
    'test_input_required_result_sampling',
    ({ inputResponses }) => text(`Sampling response: ${said(inputResponses?.capital_question)}`),
    ({ inputResponses }) =>
      inputResponses?.capital_question === undefined
        ? { inputRequests: { capital_question: askModel('What is the capital of France?', 100) } }
        : undefined,
  );
  tool(
    'test_input_required_result_list_roots',
    ({ inputResponses }) => {
      const roots = rootsOf(inputResponses?.client_roots) ?? [];
      return text(`Client exposed ${roots.length} root(s): ${roots.map(({ uri }) => uri).join(', ')}`);
    },
    ({ inputResponses }) =>
      Array.isArray(rootsOf(inputResponses?.client_roots))
        ? undefined
        : { inputRequests: { client_roots: inputRequired.listRoots() } },
  );
  tool(
    'test_input_required_result_request_state',
    (mcpReq) => {
      if (mcpReq.requestState() === undefined)
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid requestState');
      return text('state-ok: requestState verified and confirmation received');
    },
    async (mcpReq) =>
      accepted(mcpReq, 'confirm') === undefined
        ? {
            inputRequests: { confirm: ask('Please confirm', 'ok', 'boolean') },
            requestState: await sealed({ tool: 'request_state' }),
          }
        : undefined,
  );
  tool(
    'test_input_required_result_multiple_inputs',
    (mcpReq) => {
      const { greeting, client_roots } = mcpReq.inputResponses ?? {};
      const name = accepted<{ name: string }>(mcpReq, 'user_name')?.name;
      return text(`${said(greeting)} ${name} — ${rootsOf(client_roots)?.length} root(s) visible`);
    },
    async (mcpReq) => {
      const { greeting, client_roots } = mcpReq.inputResponses ?? {};
      const name = accepted<{ name: string }>(mcpReq, 'user_name')?.name;
      if (name !== undefined && said(greeting) !== undefined && rootsOf(client_roots) !== undefined)
        return undefined;
      return {
        inputRequests: {
          user_name: askName(),
          greeting: askModel('Generate a greeting', 50),
          client_roots: inputRequired.listRoots(),
        },
        requestState: await sealed({ tool: 'multiple_inputs' }),
      };
    },
  );
  tool(
    'test_input_required_result_multi_round',
    (mcpReq) => {
      const color = accepted<{ color: string }>(mcpReq, 'step2')?.color;
      return text(`Multi-round complete: ${mcpReq.requestState<{ name: string }>()?.name} likes ${color}`);
    },
    async (mcpReq) => {
      const round = mcpReq.requestState<{ round: number }>()?.round ?? 0;
      if (round > 1) return undefined;
      if (round === 0)
        return {
          inputRequests: { step1: ask('Step 1: What is your name?', 'name') },
          requestState: await sealed({ tool: 'multi_round', round: 1 }),
        };
      const name = accepted<{ name: string }>(mcpReq, 'step1')?.name ?? 'unknown';
      return {
        inputRequests: { step2: ask('Step 2: What is your favorite color?', 'color') },
        requestState: await sealed({ tool: 'multi_round', round: 2, name }),
      };
    },
  );
  tool(
    'test_input_required_result_tampered_state',
    () => text('integrity-ok: requestState verified'),
    async (mcpReq) =>
      mcpReq.requestState() === undefined || accepted(mcpReq, 'confirm') === undefined
        ? {
            inputRequests: { confirm: ask('Please confirm', 'ok', 'boolean') },
            requestState: await sealed({ tool: 'tampered_state' }),
          }
        : undefined,
  );
  tool(
    'test_input_required_result_capabilities',
    () => text('Nothing more is asked.'),
    ({ inputResponses, envelope }) => {
      const declared = (envelope as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY] as
        | Record<string, unknown>
        | undefined;
      const inputRequests: InputRequests = {
        ...(declared?.elicitation !== undefined && { user_name: askName() }),
        ...(declared?.sampling !== undefined && { greeting: askModel('Generate a short greeting', 50) }),
        ...(declared?.roots !== undefined && { client_roots: inputRequired.listRoots() }),
      };
      return inputResponses === undefined && Object.keys(inputRequests).length > 0
        ? { inputRequests }
        : undefined;
    },
  );
}

function resources(server: McpServer): void {
  const fixed = (name: string, mimeType: string, holds: { text: string } | { blob: string }) => {
    const uri = `test://${name}`;
    server.registerResource(name, uri, { mimeType }, () => ({ contents: [{ uri, mimeType, ...holds }] }));
  };
  fixed('static-text', 'text/plain', { text: 'This is the content of the static text resource.' });
  fixed('static-binary', 'image/png', { blob: IMAGE });
  fixed('watched-resource', 'text/plain', { text: 'Watched resource content' });
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { mimeType: 'application/json' },
    (uri, { id }) => ({
      contents: [
        {
          uri: uri.toString(),
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        },
      ],
    }),
  );
  server.server.setRequestHandler('resources/subscribe', () => ({}));
  server.server.setRequestHandler('resources/unsubscribe', () => ({}));
}

function prompts(server: McpServer): void {
  const says = (
    ...contents: ({ type: 'text'; text: string } | { type: 'image'; data: string; mimeType: string })[]
  ) => ({
    messages: contents.map((content) => ({ role: 'user' as const, content })),
  });
  server.registerPrompt('test_simple_prompt', { description: 'Simple prompt.' }, () =>
    says({ type: 'text', text: 'This is a simple prompt for testing.' }),
  );
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'Prompt with arguments.', argsSchema: z.object({ arg1: z.string(), arg2: z.string() }) },
    ({ arg1, arg2 }) => says({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'Prompt with embedded resource.', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'resource',
            resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
          },
        },
        { role: 'user', content: { type: 'text', text: 'Please process the embedded resource above.' } },
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'Prompt with image.' }, () =>
    says(
      { type: 'image', data: IMAGE, mimeType: 'image/png' },
      { type: 'text', text: 'Please analyze the image above.' },
    ),
  );
  // Without arguments the context comes first, which the types of the SDK do not say.
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Input required result prompt.' },
    (context) => {
      const { inputResponses } = (context as unknown as ServerContext).mcpReq;
      const given = acceptedContent<{ context: string }>(inputResponses, 'user_context')?.context;
      if (typeof given === 'string')
        return says({ type: 'text', text: `Use the following context: ${given}` });
      return inputRequired({
        inputRequests: { user_context: ask('What context should the prompt use?', 'context') },
      });
    },
  );
}
