import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { ActivityEntry } from '../ledger/activity-row.ts';
import { tellEdited } from './edited.ts';
import { fold, INVALID_PARAMS, METHOD_NOT_FOUND, type Message } from './messages.ts';

/**
 * Tasks of MCP (2025-11-25, and the extension `io.modelcontextprotocol/tasks` of 2026-07-28): a client sees
 * and touches its own only. To the server all clients are one, so this must keep them apart.
 */

/**
 * Why a request about tasks is refused, as a JSON-RPC error; `undefined` lets it through. `isOwn`: it is the client's. A task of somebody
 * else is answered like one that does not exist.
 */
export function taskRefusal(
  message: Extract<Message, { method: string }>,
  isOwn: (taskId: string) => boolean,
): { code: number; message: string } | undefined {
  const method = fold(message.method);
  if (!method.startsWith('tasks/') || method === 'tasks/list') return undefined;
  if (method === 'tasks/update') {
    return {
      code: METHOD_NOT_FOUND,
      message:
        'Greenlight: tasks/update would have a task go on with what nobody has judged, so it is not let through. Call the tool again with everything that it needs.',
    };
  }
  const params = message.params ?? {};
  const lookalike = Object.keys(params).find((name) => name !== 'taskId' && fold(name) === 'taskid');
  if (lookalike !== undefined) {
    const name = JSON.stringify(lookalike);
    return {
      code: INVALID_PARAMS,
      message: `Greenlight: params has a member ${name} that could be misread. Send taskId alone.`,
    };
  }
  const taskId = ownMember(params, 'taskId');
  if (typeof taskId === 'string' && isOwn(taskId)) return undefined;
  return { code: INVALID_PARAMS, message: 'Task not found' };
}

/** The tool's result in an answer to `tasks/result`, or to `tasks/get` where that brings it (2026-07-28). */
export function resultOfTask(method: string, answer: JsonObject | undefined): JsonObject | undefined {
  const result = answer && ownMember(answer, 'result');
  if (!isJsonObject(result)) return undefined;
  if (method === 'tasks/result') return result;
  const inner = method === 'tasks/get' ? ownMember(result, 'result') : undefined;
  return isJsonObject(inner) ? inner : undefined;
}

/** The answer to `request` about a task of `call`, with a note where the person had changed what ran. */
export function tellEditedTask(
  message: Json,
  { method }: Extract<Message, { kind: 'request' }>,
  call: ActivityEntry,
): Json {
  const inner = resultOfTask(method, isJsonObject(message) ? message : undefined);
  if (!isJsonObject(message) || !inner) return message;
  const told = tellEditedResult(inner, call);
  if (told === inner) return message;
  if (method === 'tasks/result') return { ...message, result: told };
  const outer = ownMember(message, 'result');
  return { ...message, result: { ...(isJsonObject(outer) && outer), result: told } };
}

/** The result of a task that a notification brings (2026-07-28: nobody need ask for it then), and whose it is. */
export function notifiedResult(message: Json): { taskId: string; result: JsonObject } | undefined {
  const params = isJsonObject(message) && isAboutTask(message) ? ownMember(message, 'params') : undefined;
  const taskId = isJsonObject(params) ? ownMember(params, 'taskId') : undefined;
  const result = isJsonObject(params) ? ownMember(params, 'result') : undefined;
  return typeof taskId === 'string' && isJsonObject(result) ? { taskId, result } : undefined;
}

/** The notification `message` of the `result` of a task of `call`, with a note where the person had changed what ran. */
export function tellEditedNotice(message: Json, result: JsonObject, call: ActivityEntry): Json {
  const params = isJsonObject(message) ? ownMember(message, 'params') : undefined;
  const told = tellEditedResult(result, call);
  if (told === result || !isJsonObject(message) || !isJsonObject(params)) return message;
  return { ...message, params: { ...params, result: told } };
}

function tellEditedResult(result: JsonObject, { arguments: from, edited }: ActivityEntry): JsonObject {
  if (edited === undefined) return result;
  const answer = { id: 0, result };
  const told = tellEdited(answer, 0, JSON.parse(from) as Json, JSON.parse(edited) as Json);
  const inner = isJsonObject(told) ? ownMember(told, 'result') : undefined;
  return isJsonObject(inner) ? inner : result;
}

/** `call` as the list of videos wants it: a call that made a task, which came to a result. */
export function madeByTask(call: ActivityEntry) {
  const ran = JSON.parse(call.edited ?? call.arguments) as Json;
  return { asked: call, owner: call.approvalId ?? call.id, arguments: isJsonObject(ran) ? ran : {} };
}

/**
 * Takes other clients' tasks out of whatever lists or announces tasks: recognised by its shape, as tool lists
 * are. `undefined`: nothing is left to pass on. Returns the same object when nothing was removed.
 */
export function filterTasks(message: Json, own: (taskId: string) => boolean): Json | undefined {
  if (Array.isArray(message)) {
    const filtered = message.map((item) => filterTasks(item, own)).filter((item) => item !== undefined);
    const same = filtered.length === message.length && filtered.every((item, at) => item === message[at]);
    return same ? message : filtered;
  }
  if (!isJsonObject(message)) return message;
  if (Object.hasOwn(message, 'method')) {
    const params = ownMember(message, 'params');
    if (!isAboutTask(message) || !isJsonObject(params)) return message;
    return isOwn(params, own) ? message : undefined;
  }
  const result = ownMember(message, 'result');
  const tasks = isJsonObject(result) ? ownMember(result, 'tasks') : undefined;
  if (!isJsonObject(result) || !Array.isArray(tasks)) return message;
  const kept = tasks.filter((task) => isJsonObject(task) && isOwn(task, own));
  return kept.length === tasks.length ? message : { ...message, result: { ...result, tasks: kept } };
}

function isAboutTask(message: JsonObject): boolean {
  const method = ownMember(message, 'method');
  return typeof method === 'string' && fold(method).startsWith('notifications/tasks');
}

function isOwn(task: JsonObject, own: (taskId: string) => boolean): boolean {
  const taskId = ownMember(task, 'taskId');
  return typeof taskId === 'string' && own(taskId);
}
