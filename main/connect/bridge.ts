/**
 * The program in the bundle for Claude Desktop (bundle.ts): one process that speaks MCP over stdio to the client and
 * streamable HTTP to Greenlight. It stands alone, on the Node that the client brings: no imports but Node's own.
 */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { createInterface } from 'node:readline';

interface Message {
  id?: string | number;
  method?: string;
  params?: {
    name?: unknown;
    arguments?: unknown;
    uri?: unknown;
    requestId?: unknown;
    _meta?: Record<string, unknown>;
  };
  result?: { protocolVersion?: unknown; tools?: unknown };
  error?: { message?: unknown };
}

const TOKEN = process.env.GREENLIGHT_TOKEN ?? '';
const ADDRESS = addressOf(process.env.GREENLIGHT_ADDRESS ?? '');

const SETTINGS = 'in Claude Desktop under Settings, Extensions, Greenlight';
const NOT_KNOWN =
  'It is not known whether the call ran: look for its task before you try again, since it may have been paid for.';

/** Milliseconds until it is tried again to listen. */
const AGAIN = 1_000;
/** Milliseconds that the end may take: clients kill what has not ended after two seconds. */
const LAST = 1_500;

/** The session that the upstream opened, the revision that was agreed on, and what began it: to begin anew. */
let session: string | undefined;
let revision: string | undefined;
let beginning: string | undefined;
let listening: AbortController | undefined;
/** What the client asked and has no answer to. */
const asked = new Set<string | number>();
/** Of each tool that was listed, the headers that repeat arguments, with the path of each (revision 2026-07-28). */
const mirrored = new Map<string, [header: string, path: string[]][]>();
/** What others have to wait for: a session must be there, and what was told must have come before what is asked. */
let before: Promise<unknown> = Promise.resolve();
/** The session being opened again. */
let anew: Promise<void> | undefined;

const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
lines.on('line', (line) => {
  if (line.trim() !== '') take(line);
});
lines.on('close', () => void end());
process.stdout.on('error', () => process.exit(0));

function take(line: string): void {
  const message = parse(line);
  if (!message) {
    write(errorOf(null, -32700, 'This is not valid JSON.'));
    return;
  }
  const { id, method } = message;
  const asks = method !== undefined && id !== undefined;
  if (asks) asked.add(id);
  // Whoever takes a request back waits for no answer.
  const taken = message.params?.requestId;
  if (method === 'notifications/cancelled' && (typeof taken === 'string' || typeof taken === 'number'))
    asked.delete(taken);
  const sent = before.then(() => send(line, message));
  if (!asks || method === 'initialize') before = sent;
}

/** Hands a message on, and its answer back. Never rejects: what went wrong is the answer. */
async function send(line: string, message: Message): Promise<void> {
  const { id, method } = message;
  const asks = method !== undefined && id !== undefined;
  const unsure = method === 'tools/call' ? NOT_KNOWN : 'Try again.';
  if (method === 'initialize') beginning = line;
  try {
    const within = session;
    let answer = await post(line, message);
    // Greenlight, or what is behind it, has started anew. Nothing was done with the message yet.
    if (answer.statusCode === 404 && within !== undefined && method !== 'initialize') {
      if (session === within) before = anew ??= beginAnew().finally(() => (anew = undefined));
      await anew;
      if (session !== within) {
        answer.resume();
        answer = await post(line, message);
      }
    }
    const named = answer.headers['mcp-session-id'];
    if (method === 'initialize' && typeof named === 'string') session = named;
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) await pass(answer, asks ? id : undefined, unsure);
    else refuse(await textOf(answer), status, asks ? id : undefined);
    if (method === 'notifications/initialized') listen();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ECONNREFUSED'
        ? `Greenlight is not running, or not at ${ADDRESS.href}. Start Greenlight, then try again; its address is ${SETTINGS}.`
        : `The connection to Greenlight at ${ADDRESS.href} was lost (${code ?? (error as Error).message}). ${unsure}`;
    complain(asks ? id : undefined, why);
  }
}

/** Opens the session again as the client opened it; where that does not work, it stays the one that it was. */
async function beginAnew(): Promise<void> {
  const message = beginning === undefined ? undefined : parse(beginning);
  if (beginning === undefined || !message) return;
  const lost = session;
  session = undefined;
  revision = undefined;
  try {
    const answer = await post(beginning, message);
    const named = answer.headers['mcp-session-id'];
    await pass(answer, undefined, '', note);
    if (answer.statusCode !== 200 || typeof named !== 'string') return;
    session = named;
    (await post('{"jsonrpc":"2.0","method":"notifications/initialized"}', {})).resume();
    listen();
  } finally {
    session ??= lost;
  }
}

/** Listens for what the server says unasked, for as long as the session is the same. */
function listen(): void {
  listening?.abort();
  const mine = new AbortController();
  const own = session;
  listening = mine;
  void (async () => {
    let last: string | undefined;
    while (own !== undefined && session === own && !mine.signal.aborted) {
      try {
        const answer = await ask(
          'GET',
          { ...(last !== undefined && { 'last-event-id': last }) },
          '',
          mine.signal,
        );
        if (answer.statusCode !== 200) {
          answer.resume();
          // It offers no such stream, or knows the session no more: what is asked next tells.
          if ((answer.statusCode ?? 0) < 500) return;
        } else last = (await events(answer, write)) ?? last;
      } catch {
        // It has ended, and may be there again.
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN).unref());
    }
  })();
}

/** Writes what came for the request `id`, whatever form it has; `unsure` is what to know where no answer comes. */
async function pass(
  answer: IncomingMessage,
  id: string | number | undefined,
  unsure: string,
  to = write,
): Promise<void> {
  let why = 'Greenlight ended the connection before the answer came.';
  try {
    if (!/^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')) {
      const text = await textOf(answer);
      if (parse(text)) to(text);
    } else await followed(answer, id, to);
  } catch {
    why = 'The connection to Greenlight was lost.';
  }
  if (id !== undefined && asked.has(id)) complain(id, `${why} ${unsure}`);
}

/** Hands on a stream to the answer for `id`: one that ends before it goes on where it stopped, where it can. */
async function followed(stream: IncomingMessage, id: string | number | undefined, to: typeof write) {
  let last: string | undefined;
  for (let more = stream; ; ) {
    const newest = await events(more, to);
    if (id === undefined || !asked.has(id) || newest === undefined || newest === last) return;
    last = newest;
    more = await ask('GET', { 'last-event-id': last });
    if (more.statusCode !== 200) return void more.resume();
  }
}

/** Hands on each event of a stream; the id of the last one that had one. */
async function events(answer: IncomingMessage, to: (text: string) => void): Promise<string | undefined> {
  let rest = '';
  let data: string[] = [];
  let last: string | undefined;
  const decoder = new TextDecoder();
  for await (const chunk of answer) {
    const [...whole] = (rest + decoder.decode(chunk as Buffer, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = whole.pop() ?? '';
    for (const line of whole) {
      if (line === '') {
        if (data.length > 0 && data.join('').trim() !== '') to(data.join('\n'));
        data = [];
      } else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
      else if (line.startsWith('id:')) last = line.slice(3).trim() || undefined;
    }
  }
  return last;
}

/** Hands on why Greenlight did not take a message: its own words, where it said any. */
function refuse(text: string, status: number, id: string | number | undefined): void {
  const said = parse(text);
  const words = typeof said?.error?.message === 'string' ? said.error.message : undefined;
  if (status === 401) {
    const start = TOKEN === '' ? 'No token was entered' : 'Greenlight does not know this token';
    const what = `Make one in Greenlight, under Clients, and enter it ${SETTINGS}. Then turn the extension off and on again.`;
    complain(id, `${start}. ${what}`);
    return;
  }
  if (id !== undefined && words !== undefined && said?.id === id) write(text);
  else
    complain(
      id,
      words ??
        `${ADDRESS.href} answered with HTTP ${status}, which Greenlight does not: correct its address ${SETTINGS}.`,
    );
}

function post(line: string, { method, params }: Message): Promise<IncomingMessage> {
  const own = params?._meta?.['io.modelcontextprotocol/protocolVersion'];
  const name = params?.name ?? params?.uri;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  // The revision without sessions says in headers what its messages say.
  if (typeof own === 'string' && method !== undefined) {
    headers['mcp-protocol-version'] = own;
    headers['mcp-method'] = method;
    if (typeof name === 'string') headers['mcp-name'] = headerValue(name);
    for (const [header, path] of (method === 'tools/call' && mirrored.get(String(name))) || []) {
      const value = path.reduce<unknown>((at, member) => membersOf(at)[member], params?.arguments);
      if (['string', 'number', 'boolean'].includes(typeof value))
        headers[`mcp-param-${header}`] = headerValue(String(value));
    }
  }
  return ask('POST', headers, line);
}

/** As the revision of 2026-07-28 has values that no header can have. */
const headerValue = (text: string) =>
  /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith('=?base64?')
    ? text
    : `=?base64?${Buffer.from(text).toString('base64')}?=`;

/** One request, with what all of them have; resolves with its head. */
function ask(
  method: 'POST' | 'GET' | 'DELETE',
  headers: Record<string, string>,
  body = '',
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method,
    // A connection of its own each: one that is kept may be closed at the moment it is used.
    agent: false,
    ...(signal && { signal }),
    headers: {
      accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      authorization: `Bearer ${TOKEN}`,
      ...(session !== undefined && { 'mcp-session-id': session }),
      ...(revision !== undefined && { 'mcp-protocol-version': revision }),
      ...(method === 'POST' && { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
  };
  return new Promise((resolve, reject) => {
    const send = ADDRESS.protocol === 'https:' ? requestHttps : requestHttp;
    send(ADDRESS, options, resolve).on('error', reject).end(body);
  });
}

/** Writes one message for the client. */
function write(text: string): void {
  note(text);
  // Within JSON line ends can only stand between values.
  process.stdout.write(`${text.replace(/[\r\n]+/g, ' ')}\n`);
}

/** Sees which question a message answers, and which revision was agreed on. */
function note(text: string): void {
  const message = parse(text);
  if (message?.method !== undefined || message?.id === undefined) return;
  asked.delete(message.id);
  const agreed = message.result?.protocolVersion;
  if (typeof agreed === 'string') revision = agreed;
  const tools = message.result?.tools;
  for (const tool of Array.isArray(tools) ? tools : []) {
    const { name, inputSchema } = membersOf(tool);
    if (typeof name === 'string') mirrored.set(name, mirrorsOf(inputSchema));
  }
}

/** The headers that a schema names for arguments (`x-mcp-header`), also within objects. */
function mirrorsOf(schema: unknown, path: string[] = []): [header: string, path: string[]][] {
  return Object.entries(membersOf(membersOf(schema).properties)).flatMap(([name, property]) => {
    const header = membersOf(property)['x-mcp-header'];
    const own = [...path, name];
    const within = mirrorsOf(property, own);
    return typeof header === 'string' ? [[header.toLowerCase(), own], ...within] : within;
  });
}

/** The members of an object; of anything else none. */
function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Tells what went wrong: the client where it waits for an answer, and its log. */
function complain(id: string | number | undefined, why: string): void {
  process.stderr.write(`${why}\n`);
  if (id !== undefined && asked.has(id)) write(errorOf(id, -32000, why));
}

const errorOf = (id: string | number | null, code: number, message: string) =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } });

function parse(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function addressOf(text: string): URL {
  try {
    return new URL(text.trim());
  } catch {
    process.stderr.write(`The address of Greenlight, “${text}”, is none. Enter it ${SETTINGS}.\n`);
    process.exit(1);
  }
}

/** The client has gone: what it asked is taken back by the end of the connections. */
async function end(): Promise<void> {
  setTimeout(() => process.exit(0), LAST).unref();
  if (session !== undefined) await ask('DELETE', {}).catch(() => undefined);
  process.exit(0);
}
