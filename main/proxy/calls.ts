import { formatDuration } from '../../shared/duration.ts';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { Clock } from '../base/ports.ts';
import { revisionOf } from '../base/revisions.ts';
import { ownTurn } from '../base/turns.ts';
import { type Denial, denialResult } from '../gate/denials.ts';
import type { Admission, Call, Gate, Wait } from '../gate/gate.ts';
import type { CallResponse, Run } from '../gate/runs.ts';
import type { Completion } from '../ledger/activity-row.ts';
import { taskOf } from '../ledger/tasks.ts';
import { isEnded } from '../upstream/stdio/ended.ts';
import { tellEdited } from './edited.ts';
import { quitting } from './faults.ts';
import { INVALID_PARAMS, INVALID_REQUEST, type Message, type RequestId, UPSTREAM_ERROR } from './messages.ts';
import { paramHeaders } from './mirrors.ts';
import type { Forward, Passage } from './passage.ts';
import { parseToolCall, type ToolCall } from './tool-call.ts';

/** How often a client that asked for progress hears how long is left (ms). */
const PROGRESS_EVERY = 5_000;

/** Characters that the log takes of why a process ended: its server may have written them. */
const LONGEST_MESSAGE = 2_000;

/** The way of a `tools/call`. */
export interface Calls {
  handle(
    passage: Passage,
    message: Extract<Message, { method: string }>,
    client: { name: string; version: string } | undefined,
  ): Promise<void>;
  /** Handles `notifications/cancelled`: ends a call that waits here, notes it of one that runs. Returns whether it is done with. */
  cancel(passage: Passage, params: JsonObject | undefined): boolean;
}

/** Calls are judged by `gate` and, where it says so, forwarded. */
export function createCalls(
  parts: {
    clock: Clock;
    gate: Gate;
    /** The server that they are for. */
    server: string;
    schemaOf: (tool: string) => JsonObject | undefined;
    /** Told of each task that a call made, before its client hears of it. Never throws. */
    madeTask: (task: { server: string; taskId: string; grantId: string; callId: string }) => void;
  },
  forward: Forward,
): Calls {
  const { clock, gate } = parts;
  /** Calls that wait, by grant, session and request id: what a cancellation names. */
  const waiting = new Map<string, Set<Wait>>();
  /** Calls that run, likewise; aborted when their client cancels them. */
  const running = new Map<string, Set<AbortController>>();

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
      server: parts.server,
      grant,
      session: session?.id,
      client: client ?? rememberedClient(passage),
      tool: parsed.call.name,
      arguments: parsed.call.arguments,
      also: parsed.call.also,
      capabilities: parsed.call.capabilities,
    };
    const found = await gate.admit(call);
    const admission = found.kind === 'wait' ? await wait(passage, message, found.wait) : found;
    switch (admission.kind) {
      case 'denied':
        return reply.end(denialMessage(message, admission.denial, call));
      case 'unknown tool':
        return reply.end(rpcError(message.id, INVALID_PARAMS, `Unknown tool: ${call.tool}`, ''));
      case 'shared': {
        const response = await admission.response;
        // Many may have waited for it, and it may be large.
        await ownTurn();
        if ('result' in response) return reply.end(resultMessage(message, response.result));
        return reply.end({ jsonrpc: '2.0', id: message.id, ...response });
      }
      case 'run':
        return run(passage, message, admission.run, parsed.call);
    }
  }

  /** Keeps the client's call alive while the person is asked. */
  async function wait(
    passage: Passage,
    message: Extract<Message, { kind: 'request' }>,
    asked: Wait,
  ): Promise<Admission> {
    const { reply, accepted, gone } = passage;
    const forget = remember(waiting, requestKey(passage, message.id), asked);
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
    if (accepted.streams) {
      reply.startStream();
      reply.keepOpen(every);
      const token = progressToken(message.params);
      if (token !== undefined) {
        let told = 0;
        every(PROGRESS_EVERY, () => {
          const left = asked.expiresAt - clock.now();
          if (left <= 0) return;
          told += ((1 - told) * PROGRESS_EVERY) / (left + PROGRESS_EVERY);
          reply.send(progress(token, told, left));
        });
      }
    }
    try {
      return await asked.settled;
    } finally {
      for (const stop of stops) stop();
      gone.removeEventListener('abort', leave);
      forget();
    }
  }

  async function run(
    passage: Passage,
    message: Extract<Message, { kind: 'request' }>,
    admitted: Run,
    { name, params }: ToolCall,
  ): Promise<void> {
    const started = clock.now();
    const cancelled = new AbortController();
    const forget = remember(running, requestKey(passage, message.id), cancelled);
    const edited = admitted.editedFrom !== undefined;
    const sent =
      edited || Object.hasOwn(params, 'arguments') ? { ...params, arguments: admitted.arguments } : params;
    const relayed = await forward(
      passage,
      {
        body: { ...message.body, params: sent },
        paramHeaders: paramHeaders(parts.schemaOf(name), admitted.arguments),
      },
      {
        id: message.id,
        transform(seen) {
          const taskId = taskMade(seen, message.id);
          if (taskId !== undefined)
            parts.madeTask({
              server: parts.server,
              taskId,
              grantId: passage.grant.id,
              callId: admitted.callId,
            });
          return edited ? tellEdited(seen, message.id, admitted.editedFrom ?? {}, admitted.arguments) : seen;
        },
      },
    );
    forget();
    const response = responseOf(relayed.answer);
    admitted.finish({
      reached: relayed.reached,
      latencyMs: clock.now() - started,
      // A process speaks no HTTP, whatever it is made to look like here.
      upstreamStatus: passage.upstream.kind === 'stdio' ? undefined : relayed.status || undefined,
      message: relayed.fault?.message ?? endedMessage(response),
      result: resultOf(response, relayed.fault !== undefined, ended(passage.gone, cancelled.signal)),
      response,
    });
  }

  return {
    handle,
    cancel(passage, params) {
      const id = params && ownMember(params, 'requestId');
      if (typeof id !== 'string' && typeof id !== 'number') return false;
      const key = requestKey(passage, id);
      const same = waiting.get(key);
      const runs = running.get(key);
      // Two clients of one grant without sessions may use the same id: then which is meant is not known,
      // and the question stays open until its connection closes.
      if ((same?.size ?? 0) + (runs?.size ?? 0) !== 1) return false;
      for (const run of runs ?? []) run.abort();
      for (const asked of same ?? []) asked.leave();
      return same !== undefined;
    },
  };
}

/** What the client calls itself, when this message does not say: as at the session's start, or lately. */
function rememberedClient({ session, grant }: Passage): { name: string; version: string } | undefined {
  const name = session ? session.known.clientName : grant.clientName;
  const version = session ? session.known.clientVersion : grant.clientVersion;
  return name === undefined ? undefined : { name, version: version ?? '' };
}

/** Keeps `item` among those of `key` until the returned function is called. */
function remember<T>(all: Map<string, Set<T>>, key: string, item: T): () => void {
  const same = all.get(key) ?? new Set<T>();
  all.set(key, same.add(item));
  return () => {
    same.delete(item);
    if (same.size === 0) all.delete(key);
  };
}

/** What ended a call before its answer, if not the upstream. */
function ended(gone: AbortSignal, cancelled: AbortSignal): 'cancelled' | 'interrupted' | undefined {
  if (gone.aborted) return gone.reason === quitting ? 'interrupted' : 'cancelled';
  return cancelled.aborted ? 'cancelled' : undefined;
}

function requestKey({ grant, session }: Passage, id: RequestId): string {
  return JSON.stringify([grant.id, session?.id ?? null, id]);
}

function progressToken(params: JsonObject | undefined): string | number | undefined {
  const meta = params && ownMember(params, '_meta');
  const token = isJsonObject(meta) ? ownMember(meta, 'progressToken') : undefined;
  return typeof token === 'string' || typeof token === 'number' ? token : undefined;
}

/**
 * Progress of the waiting, as a fraction below 1: it must grow, also when the call is judged anew and has more time,
 * and the upstream's own progress, which follows under the same token, starts at 1 at the latest in practice.
 */
function progress(progressToken: string | number, fraction: number, left: number) {
  return {
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: {
      progressToken,
      progress: fraction,
      total: 1,
      message: `Waiting for the user to allow this call: ${formatDuration(left)} left.`,
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

/** What the agent is told of a process that ended with its call. */
function endedMessage(response: CallResponse | undefined): string | undefined {
  if (!response || !('error' in response) || !isEnded(response.error.data)) return undefined;
  return String(response.error.message).slice(0, LONGEST_MESSAGE);
}

/** `ended`: what ended the call before its answer, if not the upstream. */
function resultOf(
  response: CallResponse | undefined,
  faulty: boolean,
  ended: 'cancelled' | 'interrupted' | undefined,
): Completion['result'] {
  if (ended && (!response || 'error' in response)) return ended;
  if (faulty) return 'upstream error';
  // The stream ended, and the client resumes it by Last-Event-ID: the answer is not seen as one of this call.
  if (!response) return 'interrupted';
  if ('error' in response) return 'upstream error';
  if (ownMember(response.result, 'resultType') === 'input_required') return 'input required';
  return ownMember(response.result, 'isError') === true ? 'tool error' : 'ok';
}

/** The task that the answer to request `id` says was made. */
function taskMade(message: Json, id: RequestId): string | undefined {
  if (Array.isArray(message))
    return message.map((one) => taskMade(one, id)).find((task) => task !== undefined);
  const result = isJsonObject(message) && ownMember(message, 'id') === id && ownMember(message, 'result');
  return isJsonObject(result) ? taskOf(result) : undefined;
}

/**
 * A denial as the caller can read it: a tool result; to a call that wants a task for an answer (2025-11-25), whose
 * reader knows no other result, an error.
 */
function denialMessage(message: Extract<Message, { kind: 'request' }>, denial: Denial, { also }: Call) {
  const result = denialResult(denial);
  if (!Object.hasOwn(also, 'task')) return resultMessage(message, result);
  const [{ text } = { text: denial.reason }] = result.content;
  return {
    jsonrpc: '2.0',
    id: message.id,
    error: { code: UPSTREAM_ERROR, message: text, data: result._meta },
  };
}

/** A result as the request's revision wants it: since 2026-07-28 it says that it is complete. */
function resultMessage({ id, params }: Extract<Message, { kind: 'request' }>, result: object) {
  const complete = revisionOf(params) === undefined ? {} : { resultType: 'complete' };
  return { jsonrpc: '2.0', id, result: { ...complete, ...result } };
}

function rpcError(id: RequestId | null, code: number, message: string, prefix = 'Greenlight: ') {
  return { jsonrpc: '2.0', id, error: { code, message: `${prefix}${message}` } };
}
