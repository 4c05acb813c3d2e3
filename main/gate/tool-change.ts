import type { Signal } from '../../shared/contract.ts';
import { canonicalJson } from '../../shared/digest.ts';
import type { Json } from '../../shared/json.ts';
import type { ToolLookup } from './call.ts';

type Change = NonNullable<Extract<ToolLookup, object>['change']>;

/** The rule by which a call is asked for, or denied, whose tool the person has not accepted as it is. */
export const CHANGED_TOOL = '(changed tool)';

/** What the parts of a definition are called. */
const PARTS = {
  title: 'title',
  description: 'description',
  inputSchema: 'arguments',
  outputSchema: 'answer',
  annotations: 'hints',
} as const;

/** For the agent, and for the log. */
export function changeSentence(tool: string, change: Change): string {
  if (change.unread)
    return `Greenlight could not read the server's tool list itself yet, so the user has not accepted the tool ${JSON.stringify(tool)}.`;
  return `The server ${change.before ? 'changed' : 'added'} the tool ${JSON.stringify(tool)}, and the user has not accepted it in Greenlight yet.`;
}

/** What stands out, for the person who is asked. */
export function changeSignal(change: Change | undefined): Signal[] {
  if (!change) return [];
  const { before, after, unread } = change;
  if (unread)
    return [
      {
        kind: 'changed-tool',
        text: 'Greenlight could not read the server’s tools itself yet; what this one takes is what the client was told',
      },
    ];
  if (!before)
    return [{ kind: 'changed-tool', text: 'The server added this tool; you have not accepted it yet' }];
  const part = (of: object, name: string) =>
    canonicalJson(((of as Record<string, Json>)[name] ?? null) as Json);
  const changed = Object.entries(PARTS)
    .filter(([name]) => part(before, name) !== part(after, name))
    .map(([, word]) => word);
  return [
    {
      kind: 'changed-tool',
      text: `The server changed this tool: ${changed.join(', ') || 'nothing that stayed'}`,
    },
  ];
}
