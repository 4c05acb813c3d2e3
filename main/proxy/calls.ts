import { formatDuration } from '../../shared/duration.ts';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { Clock } from '../base/ports.ts';
import { denialResult } from '../gate/denials.ts';
import type { Admission, Call, Gate, Wait } from '../gate/gate.ts';
import type { CallResponse, Run } from '../gate/runs.ts';
import type { Completion } from '../ledger/activity-row.ts';
import { INVALID_PARAMS, INVALID_REQUEST, type Message, parseToolCall, type RequestId } from './messages.ts';
import { paramHeaders, revisionOf } from './mirrors.ts';
import type { Forward, Passage } from './passage.ts';

/** How often a client that asked for progress hears how long is left (ms). */
const PROGRESS_EVERY = 5_000;

/** The way of a `tools/call`. */
export interface Calls {
  handle(
    passage: Passage,
    message: Extract<Message, { method: string }>,
    client: { name: string; version: string } | undefined,
  ): Promise<void>;
  /** Handles `notifications/cancelled` for a call that waits here. Returns whether it did. */
  cancel(passage: Passage, params: JsonObject | undefined): boolean;
}

/** Calls are judged by `gate` and, where it says so, forwarded. */
export function createCalls(
  parts: { clock: Clock; gate: Gate; schemaOf: (tool: string) => JsonObject | undefined },
  forward: Forward,
): Calls {
  const { clock, gate } = parts;
  /** Calls that wait, by grant, session and request id: what a cancellation names. */
  const waiting = new Map<string, Set<Wait>>();

  async function handle(
    passage: Passage,
    message: Extract<Message, { method: string }>,
    client: { name: string; version: string } | undefined,
  ): Promise<void> {
    const { reply, grant, session } = passage;
    if (message.kind !== 'request') {
      return reply.end(rpcError(null, INVALID_REQUEST, 'a tools/call must carry an id.'), 400);
    }
    const parsed = parseToolCall(message.params);
    if ('error' in parsed) return reply.end(rpcError(message.id, INVALID_PARAMS, parsed.error));
    const call: Call = {
      grant,
      session: session?.id,
      client: client ?? rememberedClient(passage),
      tool: parsed.call.name,
      arguments: parsed.call.arguments,
    };
    const found = gate.admit(call);
    const admission = found.kind === 'wait' ? await wait(passage, message, found.wait) : found;
    switch (admission.kind) {
      case 'denied':
        return reply.end(resultMessage(message, denialResult(admission.denial)));
      case 'unknown tool':
        return reply.end(rpcError(message.id, INVALID_PARAMS, `Unknown tool: ${call.tool}`, ''));
      case 'shared': {
        const response = await admission.response;
        if ('result' in response) return reply.end(resultMessage(message, response.result));
        return reply.end({ jsonrpc: '2.0', id: message.id, ...response });
      }
      case 'run':
        return run(passage, message, admission.run, call.tool);
    }
  }

  /** Keeps the client's call alive while the person is asked. */
  async function wait(
    passage: Passage,
    message: Extract<Message, { kind: 'request' }>,
    asked: Wait,
  ): Promise<Admission> {
    const { reply, req, gone } = passage;
    const key = requestKey(passage, message.id);
    const same = waiting.get(key) ?? new Set<Wait>();
    waiting.set(key, same.add(asked));
    const leave = () => asked.leave();
    gone.addEventListener('abort', leave);
    if (gone.aborted) leave();
    const stops: (() => void)[] = [];
    const every = (ms: number, task: () => void) => {
      let cancel = () => {};
      const again = () => {
        task();
        cancel = clock.after(ms, again);
      };
      cancel = clock.after(ms, again);
      const stop = () => cancel();
      stops.push(stop);
      return stop;
    };
    if (acceptsStreams(req.headers.accept)) {
      reply.startStream();
      reply.keepOpen(every);
      const token = progressToken(message.params);
      if (token !== undefined) every(PROGRESS_EVERY, () => reply.send(progress(token, asked, clock.now())));
    }
    try {
      return await asked.settled;
    } finally {
      for (const stop of stops) stop();
      gone.removeEventListener('abort', leave);
      same.delete(asked);
      if (same.size === 0) waiting.delete(key);
    }
  }

  async function run(
    passage: Passage,
    message: Extract<Message, { kind: 'request' }>,
    running: Run,
    tool: string,
  ): Promise<void> {
    const started = clock.now();
    const edited = running.editedFrom !== undefined;
    const params = message.params ?? {};
    const sent =
      edited || Object.hasOwn(params, 'arguments') ? { ...params, arguments: running.arguments } : params;
    const relayed = await forward(
      passage,
      {
        body: { ...message.body, params: sent },
        paramHeaders: edited ? paramHeaders(parts.schemaOf(tool), running.arguments) : undefined,
      },
      { id: message.id, transform: (seen) => (edited ? tellEdited(seen, message.id, running) : seen) },
    );
    const response = responseOf(relayed.answer);
    running.finish({
      reached: relayed.reached,
      latencyMs: clock.now() - started,
      upstreamStatus: relayed.status || undefined,
      result:
        passage.gone.aborted && !response ? 'cancelled' : resultOf(response, relayed.fault !== undefined),
      response,
    });
  }

  return {
    handle,
    cancel(passage, params) {
      const id = params && ownMember(params, 'requestId');
      if (typeof id !== 'string' && typeof id !== 'number') return false;
      const same = waiting.get(requestKey(passage, id));
      // Two clients of one grant without sessions may use the same id: then which is meant is not known,
      // and the question stays open until its connection closes.
      if (same?.size !== 1) return false;
      for (const asked of same) asked.leave();
      return true;
    },
  };
}

/** What the client calls itself, when this message does not say: as at the session's start, or lately. */
function rememberedClient({ session, grant }: Passage): { name: string; version: string } | undefined {
  const name = session ? session.known.clientName : grant.clientName;
  const version = session ? session.known.clientVersion : grant.clientVersion;
  return name === undefined ? undefined : { name, version: version ?? '' };
}

function requestKey({ grant, session }: Passage, id: RequestId): string {
  return JSON.stringify([grant.id, session?.id ?? null, id]);
}

function acceptsStreams(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((type) => {
    const [name, ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
    return name === 'text/event-stream' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

function progressToken(params: JsonObject | undefined): string | number | undefined {
  const meta = params && ownMember(params, '_meta');
  const token = isJsonObject(meta) ? ownMember(meta, 'progressToken') : undefined;
  return typeof token === 'string' || typeof token === 'number' ? token : undefined;
}

/**
 * Progress of the waiting, as a fraction below 1: it must grow, and the upstream's own progress, which
 * follows under the same token, starts at 1 at the latest in practice.
 */
function progress(progressToken: string | number, asked: Wait, now: number) {
  const whole = asked.expiresAt - asked.createdAt;
  const fraction = Math.min(0.999, (now - asked.createdAt) / whole);
  return {
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: {
      progressToken,
      progress: fraction,
      total: 1,
      message: `Waiting for the user to allow this call: ${formatDuration(asked.expiresAt - now)} left.`,
    },
  };
}

/** Tells the agent what the person changed: it must not believe that its own arguments ran. */
function tellEdited(message: Json, id: RequestId, { editedFrom, arguments: ran }: Run): Json {
  if (!isJsonObject(message) || ownMember(message, 'id') !== id) return message;
  const note = `Greenlight: the user changed the arguments before allowing this call. What ran: ${JSON.stringify(ran)}`;
  const error = ownMember(message, 'error');
  if (isJsonObject(error)) {
    return { ...message, error: { ...error, message: `${String(ownMember(error, 'message'))} (${note})` } };
  }
  const result = ownMember(message, 'result');
  if (!isJsonObject(result)) return message;
  const content = ownMember(result, 'content');
  const meta = ownMember(result, '_meta');
  return {
    ...message,
    result: {
      ...result,
      ...(Array.isArray(content) && { content: [...content, { type: 'text', text: note }] }),
      _meta: {
        ...(isJsonObject(meta) ? meta : {}),
        'greenlight/decision': { outcome: 'allowed', edited: { from: editedFrom ?? {}, to: ran } },
      },
    },
  };
}

function responseOf(message: JsonObject | undefined): CallResponse | undefined {
  if (!message) return undefined;
  const result = ownMember(message, 'result');
  if (isJsonObject(result)) return { result };
  const error = ownMember(message, 'error');
  return isJsonObject(error) ? { error } : undefined;
}

function resultOf(response: CallResponse | undefined, faulty: boolean): Completion['result'] {
  if (faulty) return 'upstream error';
  // The stream ended, and the client resumes it by Last-Event-ID: the answer is not seen as one of this call.
  if (!response) return 'interrupted';
  if ('error' in response) return 'upstream error';
  return ownMember(response.result, 'isError') === true ? 'tool error' : 'ok';
}

/** A result as the request's revision wants it: since 2026-07-28 it says that it is complete. */
function resultMessage({ id, params }: Extract<Message, { kind: 'request' }>, result: object) {
  const complete = revisionOf(params) === undefined ? {} : { resultType: 'complete' };
  return { jsonrpc: '2.0', id, result: { ...complete, ...result } };
}

function rpcError(id: RequestId | null, code: number, message: string, prefix = 'Greenlight: ') {
  return { jsonrpc: '2.0', id, error: { code, message: `${prefix}${message}` } };
}
