import type { Json, JsonObject } from '../../json.ts';
import { objectOf } from '../edit.ts';
import {
  denialsBy,
  isCondition,
  isOnlyHosts,
  listIn,
  onlyHosts,
  type Recipe,
  setConditions,
} from './recipe.ts';

/** The argument of Luma's tools that holds an address which is called when a video is done. */
const NAMES = ['callback_url'];

/** `null` and an empty text are how agents spell "none"; anything else is a webhook. */
export const NO_WEBHOOK = {
  path: 'args.callback_url',
  op: 'not_in' as const,
  value: [null, ''],
  on_deny: 'Webhooks are not allowed. Leave out callback_url and look the video up with luma_get_task.',
};

/** No webhooks, or only to these hosts. */
export const webhooks: Recipe<{ hosts: readonly string[] }> = {
  recognise(document) {
    const [found, more] = denialsBy(document, NAMES);
    if (found === undefined) return { kind: 'off' };
    const { place, part, value, at } = found;
    if (place !== 'all_tools' || more !== undefined) return { kind: 'custom', at: (more ?? found).at };
    if (part === 'deny_if' && isNoWebhook(value)) return { kind: 'on', value: { hosts: [] } };
    if (part === 'require' && isOnlyHosts(value, NAMES)) return { kind: 'on', value: { hosts: value.value } };
    return { kind: 'custom', at };
  },

  apply(document, value) {
    if (webhooks.recognise(document).kind === 'custom') return objectOf(document);
    const none = value !== undefined && value.hosts.length === 0;
    const some = value !== undefined && value.hosts.length > 0;
    const isOnly = (each: Json) => isOnlyHosts(each, NAMES);
    const noneNow = listIn(document, 'all_tools', 'deny_if').find(isNoWebhook);
    const onlyNow = listIn(document, 'all_tools', 'require').find(isOnly);
    const denying = setConditions(document, 'deny_if', isNoWebhook, none ? [noneNow ?? NO_WEBHOOK] : []);
    return setConditions(
      denying,
      'require',
      isOnly,
      some ? NAMES.map((name) => onlyHosts(name, value.hosts, onlyNow)) : [],
    );
  },
};

/** Whether a condition of `deny_if` denies every webhook, whatever it does to a `null`. */
function isNoWebhook(value: Json): value is JsonObject {
  if (isCondition(value, 'exists', NAMES)) return value.value === true;
  return (
    isCondition(value, 'not_in', NAMES) &&
    Array.isArray(value.value) &&
    value.value.every((nothing) => nothing === null || nothing === '')
  );
}
