/** The command socket: the contract for the command line, without anything that lets a call pass or loosens something. */
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { z } from 'zod';
import { type EventName, events, type MethodName, methods } from '../../shared/contract.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { prepareCommandAddress } from '../base/command-address.ts';
import type { Logger } from '../base/ports.ts';
import type { Api } from './api.ts';

/**
 * What may be asked. Every program of the person's reaches the socket, an agent's shell too: what is here changes nothing
 * for the better of an agent, and gives out nothing that such a program could not read by itself.
 */
const READS: readonly MethodName[] = [
  'state.get',
  'clock.get',
  'approvals.list',
  'approvals.get',
  'activity.query',
  'activity.get',
  'activity.export',
  'activity.verify',
  'connect.targets',
  'connect.preview',
  'upstream.tools',
];

/** The one thing that may be done: a question is denied, once. */
const denial = methods['approvals.decide'].params
  .pick({ id: true, reason: true })
  .extend({ answer: z.literal('deny') });

/** One line of JSON. */
const request = z.union([
  z.strictObject({ method: z.string(), params: z.unknown().optional() }),
  z.strictObject({ follow: z.array(z.enum(Object.keys(events) as [EventName, ...EventName[]])).min(1) }),
]);

/** Characters that a request may have: a reason has 2000. */
const LONGEST_REQUEST = 64 * 1024;

/** Milliseconds that a program has to say what it wants. */
const PATIENCE = 10_000;

const MOST_CONNECTIONS = 64;

/** Bytes that may wait for a program that does not read. */
const MOST_UNREAD = 32 * 1024 * 1024;

const NOT_HERE =
  'The command line looks, and denies; it does nothing else: an agent that runs commands as you would otherwise answer in your place. Do this in Greenlight’s window.';

/**
 * Listens for the command line in `dataDir`, whose lock is held. Each connection asks one thing, in one line of JSON, and
 * is answered in one; or follows events, one a line. Greenlight runs without the socket where there can be none: that is
 * logged.
 */
export async function openCommandSocket(parts: {
  dataDir: string;
  api: Api;
  logger: Logger;
}): Promise<{ close(): Promise<void> }> {
  const { dataDir, api, logger } = parts;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // Whoever asked is gone.
    socket.on('error', () => socket.destroy());
    serve(socket, api, logger);
  });
  server.maxConnections = MOST_CONNECTIONS;
  try {
    const address = prepareCommandAddress(dataDir);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address, resolve);
    });
    server.on('error', (error) => logger.warn({ reason: String(error) }, 'the command socket failed'));
    // Its folder keeps others out already.
    if (process.platform !== 'win32') chmodSync(address, 0o600);
  } catch (error) {
    logger.warn(
      { reason: String(error) },
      'the command line cannot reach this Greenlight: its socket cannot be opened',
    );
    server.close();
    return { close: async () => {} };
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function serve(socket: Socket, api: Api, logger: Logger): void {
  let text = '';
  const tooLate = setTimeout(() => socket.destroy(), PATIENCE);
  socket.on('close', () => clearTimeout(tooLate));
  socket.setEncoding('utf8');
  const read = (piece: string) => {
    text += piece;
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= LONGEST_REQUEST) return;
    clearTimeout(tooLate);
    socket.off('data', read);
    // What comes after it is dropped.
    socket.resume();
    void reply(socket, api, end < 0 ? undefined : text.slice(0, end)).catch((error: unknown) => {
      logger.error({ err: error }, 'a request of the command line failed');
      socket.destroy();
    });
  };
  socket.on('data', read);
}

async function reply(socket: Socket, api: Api, line: string | undefined): Promise<void> {
  const gone = new AbortController();
  socket.on('close', () => gone.abort());
  try {
    const asked = parse(line);
    if ('follow' in asked) return follow(socket, api, new Set(asked.follow));
    const result = await call(api, asked.method, asked.params ?? {}, gone.signal);
    socket.end(`${JSON.stringify({ result })}\n`);
  } catch (error) {
    if (!(error instanceof UserFacingError)) throw error;
    socket.end(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
  }
}

function parse(line: string | undefined): z.infer<typeof request> {
  try {
    return request.parse(JSON.parse(line ?? ''));
  } catch (error) {
    throw new UserFacingError(
      'invalid',
      'This Greenlight does not understand the request. Use the command line that came with it.',
      { cause: error },
    );
  }
}

function call(api: Api, method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
  if (method === 'approvals.decide') {
    const parsed = denial.safeParse(params);
    if (!parsed.success) throw new UserFacingError('invalid', NOT_HERE);
    return api.call(method, { ...parsed.data, by: 'command line' }, signal);
  }
  if (!READS.some((name) => name === method)) throw new UserFacingError('invalid', NOT_HERE);
  return api.call(method, params, signal);
}

function follow(socket: Socket, api: Api, wanted: Set<EventName>): void {
  const write = (value: object) => {
    if (socket.writableLength > MOST_UNREAD) socket.destroy();
    else if (!socket.destroyed) socket.write(`${JSON.stringify(value)}\n`);
  };
  write({ result: { done: true } });
  const unsubscribe = api.subscribe((event, data) => {
    if (wanted.has(event)) write({ event, data });
  });
  socket.on('close', unsubscribe);
}
