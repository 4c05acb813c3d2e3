import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { RequestId } from './messages.ts';
import { filterTools, nameOf } from './tool-list.ts';

/** How many lists are kept, each for how many choices of hidden tools; characters of one, and of all. */
const MOST_LISTS = 8;
const MOST_CHOICES = 8;
const LARGEST_LIST = 1024 * 1024;
const MOST_TEXT = 4 * LARGEST_LIST;

/** A text around the `id` of the message that it is. */
interface Around {
  before: string;
  after: string;
}

interface KnownList {
  /** What the upstream sent. */
  sent: Around;
  /** Which tools it names, in its order; `undefined`: an entry without a name. */
  names: (string | undefined)[];
  /** What was known of the tools when it had nothing new to say. */
  version: number;
  /** What is passed on of it, by what is hidden. */
  passed: Map<string, Around>;
}

/** The tool lists that came as answers to one request. */
export interface KnownAnswers {
  /** What is passed on of `text`; `undefined`: it has to be looked into. */
  find(text: string): string | undefined;
  /** Keeps `text`, which was looked into as `message`. */
  keep(text: string, message: Json): void;
}

/**
 * The last answers with tool lists, each with what came of looking into it: one that is the same but for its `id`, as
 * most are, is not parsed, compared and filtered anew. `version` is another number with each change of what is known of
 * the tools: a list is kept once it had nothing new to say, and holds as long as that.
 */
export function createKnownLists(version: () => number): {
  answersTo(id: RequestId, hides: (tool: string) => boolean): KnownAnswers;
} {
  let lists: KnownList[] = [];

  function add(list: KnownList): void {
    lists = [list, ...lists.filter((other) => other !== list && other.version === list.version)];
    lists.splice(MOST_LISTS);
    while (lists.reduce((sum, one) => sum + lengthOf(one), 0) > MOST_TEXT) lists.pop();
  }

  return {
    answersTo(id, hides) {
      const asked = version();
      const idText = JSON.stringify(id);
      const listOf = (text: string) =>
        lists.find((list) => list.version === version() && isAround(list.sent, idText, text));
      // What is hidden is asked anew for each: no change of a policy can be missed.
      const choice = (names: KnownList['names']) =>
        names.map((name) => (name === undefined || hides(name) ? '0' : '1')).join('');
      return {
        find(text) {
          const list = listOf(text);
          const passed = list?.passed.get(choice(list.names));
          return passed && passed.before + idText + passed.after;
        },
        keep(text, message) {
          if (text.length > LARGEST_LIST || version() !== asked) return;
          const tools = listIn(message);
          if (!tools || !isJsonObject(message) || ownMember(message, 'id') !== id) return;
          const known = listOf(text);
          const sent = known?.sent ?? aroundId(text, idText);
          if (!sent) return;
          const list = known ?? { sent, names: tools.map(nameOf), version: asked, passed: new Map() };
          if (list.passed.size >= MOST_CHOICES) list.passed.clear();
          const mark = randomUUID();
          const passed = JSON.stringify(filterTools({ ...message, id: mark }, hides));
          list.passed.set(choice(list.names), split(passed, passed.indexOf(`"${mark}"`), mark.length + 2));
          add(list);
        },
      };
    },
  };
}

/** The tools of an answer that holds nothing else that is looked into. */
function listIn(message: Json): Json[] | undefined {
  if (!isJsonObject(message) || Object.hasOwn(message, 'method') || Object.hasOwn(message, 'error'))
    return undefined;
  const result = ownMember(message, 'result');
  if (!isJsonObject(result) || Object.hasOwn(result, 'tasks')) return undefined;
  const tools = ownMember(result, 'tools');
  return Array.isArray(tools) ? tools : undefined;
}

/**
 * What is around the `id` of the message `text`. Whether it was found is told by a parser: a mark put in its place must
 * be the id then, which it is nowhere but where one value stands that is the id.
 */
function aroundId(text: string, idText: string): Around | undefined {
  for (const name of ['"id":', '"id": ']) {
    const found = name + idText;
    for (const at of new Set([text.indexOf(found), text.lastIndexOf(found)])) {
      if (at === -1) continue;
      const around = split(text, at + name.length, idText.length);
      const mark = randomUUID();
      try {
        const marked = JSON.parse(`${around.before}"${mark}"${around.after}`) as JsonObject;
        if (ownMember(marked, 'id') === mark) return around;
      } catch {
        // Within a text.
      }
    }
  }
  return undefined;
}

function split(text: string, at: number, length: number): Around {
  return { before: text.slice(0, at), after: text.slice(at + length) };
}

function isAround({ before, after }: Around, idText: string, text: string): boolean {
  return (
    text.length === before.length + idText.length + after.length &&
    text.startsWith(before) &&
    text.startsWith(idText, before.length) &&
    text.endsWith(after)
  );
}

function lengthOf({ sent, passed }: KnownList): number {
  return [sent, ...passed.values()].reduce((sum, { before, after }) => sum + before.length + after.length, 0);
}
