import { isJsonObject, type Json, ownMember } from '../../shared/json.ts';
import type { RequestId } from './messages.ts';

/**
 * The answer to request `id` with a note of what the person changed: the agent must not believe that its own
 * arguments ran. `from` and `to` are arguments, or the names of arguments.
 */
export function tellEdited(message: Json, id: RequestId, from: Json, to: Json): Json {
  if (!isJsonObject(message) || ownMember(message, 'id') !== id) return message;
  const note = `Greenlight: the user changed the arguments before allowing this call. What ran: ${JSON.stringify(to)}`;
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
        'greenlight/decision': { outcome: 'allowed', edited: { from, to } },
      },
    },
  };
}
