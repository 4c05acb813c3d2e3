import { type Document, isPair, isSeq, parseDocument, visit } from 'yaml';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { inexactWords, isExactNumber } from '../numbers.ts';
import { parsePolicy } from './compile.ts';
import { type PolicyDocument, parseRate } from './document.ts';
import { pointer } from './paths.ts';
import type { PolicyError } from './types.ts';

/** What came of an import. `document` is there when, and only when, it is a valid policy. */
export interface Imported {
  document?: PolicyDocument;
  /** What is not, or not quite, in the document, with its JSON Pointer into the YAML. */
  notes: { pointer: string; message: string }[];
  errors: PolicyError[];
}

/**
 * Reads a policy of the Intercept proxy (YAML). Its rules become `require`, `limits` and `action`; its
 * counters count everyone together, so they get scope `all`. Whatever has no counterpart is in `notes`.
 */
export function importIntercept(yaml: string): Imported {
  const notes: Imported['notes'] = [];
  let input: unknown;
  try {
    const parsed = parseDocument(yaml, { prettyErrors: false });
    const [problem] = parsed.errors;
    if (problem !== undefined) throw problem;
    const inexact = inexactIn(parsed);
    if (inexact.length > 0) return { notes, errors: inexact };
    input = parsed.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    return { notes, errors: [{ pointer: '', message: `This is not YAML: ${why}` }] };
  }
  if (!isJsonObject(input) || !isJsonObject(input.tools)) {
    return { notes, errors: [{ pointer: '/tools', message: 'An Intercept policy has a map of "tools".' }] };
  }
  try {
    const result = parsePolicy(new Import(notes).policy(input));
    return result.ok
      ? { document: result.policy.document, notes, errors: [] }
      : { notes, errors: result.errors };
  } catch {
    return {
      notes,
      errors: [{ pointer: '', message: 'The policy could not be read; check its structure.' }],
    };
  }
}

/** The numbers of the YAML that would become others. */
function inexactIn(yaml: Document): PolicyError[] {
  const errors: PolicyError[] = [];
  visit(yaml, {
    Scalar(_key, node, above) {
      const { value, source = '', format } = node;
      if (typeof value !== 'number' || !Number.isFinite(value)) return;
      const exact =
        format === 'HEX' || format === 'OCT' ? Number.isSafeInteger(value) : isExactNumber(source);
      if (exact) return;
      const way = [...above, node];
      const parts = way.flatMap((part, at): PropertyKey[] => {
        if (isPair(part)) return [String(part.key)];
        return isSeq(part) ? [part.items.indexOf(way[at + 1])] : [];
      });
      errors.push({ pointer: pointer(...parts), message: inexactWords(source) });
    },
  });
  return errors;
}

const windows = ['minute', 'hour', 'day', 'month'];

/** What the rules of one tool amount to. Members are filled as rules are read. */
interface Draft {
  action?: string;
  reason?: string;
  deny_if: Json[];
  require: Json[];
  limits: Json[];
  require_approval?: true;
}

class Import {
  readonly #notes: Imported['notes'];

  constructor(notes: Imported['notes']) {
    this.#notes = notes;
  }

  #note(at: string, message: string): void {
    this.#notes.push({ pointer: at, message });
  }

  /** Notes every member of `value` that is not one of `known`. */
  #strangers(value: JsonObject, known: readonly string[], at: string): void {
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) this.#note(at + pointer(key), `${JSON.stringify(key)} has no counterpart.`);
    }
  }

  policy(input: JsonObject): JsonObject {
    this.#strangers(input, ['version', 'description', 'default', 'hide', 'tools'], '');
    if (input.default === undefined) {
      this.#note('/default', 'Intercept allows tools that are not listed; so does the imported policy.');
    }
    const tools: JsonObject = Object.create(null);
    let allTools: JsonObject | undefined;
    for (const [name, rule] of Object.entries(input.tools as JsonObject)) {
      const at = pointer('tools', name);
      const draft = this.#tool(name, rule, at);
      if (name === '*') allTools = this.#allTools(draft, at);
      else tools[name] = compact(draft);
    }
    return {
      version: '1',
      ...(typeof input.description === 'string' ? { description: input.description } : {}),
      default: input.default ?? 'allow',
      ...(input.hide === undefined ? {} : { hide: input.hide }),
      ...(allTools === undefined ? {} : { all_tools: allTools }),
      tools,
    };
  }

  /** `all_tools` has no action: a denial of everything becomes a predicate that always holds. */
  #allTools(draft: Draft, at: string): JsonObject {
    const { action, reason, ...rest } = draft;
    if (action === 'deny') {
      const on_deny = reason ?? 'The policy denies every tool.';
      rest.deny_if.unshift({ path: 'args', op: 'exists', value: true, on_deny });
      this.#note(at, 'A denial of every tool became a predicate that always holds.');
    }
    return compact(rest);
  }

  #tool(name: string, rule: Json, at: string): Draft {
    const draft: Draft = { deny_if: [], require: [], limits: [] };
    if (!isJsonObject(rule) || (rule.rules !== undefined && !Array.isArray(rule.rules))) {
      // An entry that cannot be read must not become a permission.
      draft.action = 'deny';
      this.#note(at, 'This is not a map with a list of "rules"; the tool is denied instead.');
      return draft;
    }
    this.#strangers(rule, ['rules'], at);
    for (const [index, each] of ((rule.rules as Json[] | undefined) ?? []).entries()) {
      this.#rule(name, each, `${at}/rules/${index}`, draft);
    }
    return draft;
  }

  #rule(tool: string, rule: Json, at: string, draft: Draft): void {
    if (!isJsonObject(rule)) {
      draft.action = 'deny';
      this.#note(at, 'This is not a rule; the tool is denied instead.');
      return;
    }
    this.#strangers(
      rule,
      ['name', 'description', 'action', 'conditions', 'on_deny', 'rate_limit', 'state'],
      at,
    );
    for (const key of ['name', 'description']) {
      if (rule[key] !== undefined) this.#note(at + pointer(key), `Left out: ${JSON.stringify(rule[key])}.`);
    }
    const onDeny = typeof rule.on_deny === 'string' ? { on_deny: rule.on_deny } : {};
    this.#action(rule, at, draft);
    if (rule.rate_limit !== undefined) this.#rate(tool, rule.rate_limit, onDeny, at, draft);
    const conditions = Array.isArray(rule.conditions) ? rule.conditions : [];
    if (rule.conditions !== undefined && !Array.isArray(rule.conditions)) {
      draft.action = 'deny';
      this.#note(`${at}/conditions`, 'This is not a list of conditions; the tool is denied instead.');
    }
    let counted = false;
    for (const [index, condition] of conditions.entries()) {
      const place = `${at}/conditions/${index}`;
      if (isJsonObject(condition) && String(condition.path).startsWith('state.')) {
        counted = this.#counter(tool, condition, rule.state, onDeny, place, draft) || counted;
      } else {
        // All conditions of a rule must hold, which is what `require` says of each.
        draft.require.push(isJsonObject(condition) ? { ...condition, ...onDeny } : condition);
      }
    }
    if (rule.state !== undefined && !counted) {
      this.#note(`${at}/state`, 'A counter that no condition of the rule compares has no counterpart.');
    }
  }

  #action(rule: JsonObject, at: string, draft: Draft): void {
    switch (rule.action) {
      case undefined:
      case 'allow':
      case 'evaluate':
        return;
      case 'deny':
        draft.action = 'deny';
        if (typeof rule.on_deny === 'string') draft.reason ??= rule.on_deny;
        return;
      case 'require_approval':
        draft.require_approval = true;
        if (rule.conditions !== undefined) {
          this.#note(`${at}/action`, 'Every call asks; the conditions must hold as well.');
        }
        return;
      default:
        draft.action = 'deny';
        this.#note(
          `${at}/action`,
          `The action ${JSON.stringify(rule.action)} is not known; the tool is denied.`,
        );
    }
  }

  #rate(tool: string, rate: Json, onDeny: { on_deny?: string }, at: string, draft: Draft): void {
    const parsed = typeof rate === 'string' ? parseRate(rate) : undefined;
    if (parsed === undefined) {
      draft.action = 'deny';
      this.#note(
        `${at}/rate_limit`,
        `${JSON.stringify(rate)} is not a rate such as "5/hour"; the tool is denied.`,
      );
      return;
    }
    draft.limits.push({ counter: `${tool}.rate_limit`, ...parsed, scope: 'all', ...onDeny });
    this.#note(
      `${at}/rate_limit`,
      'Counted over a sliding window, where Intercept starts anew on the clock.',
    );
  }

  /** A condition on a counter becomes a limit. Returns whether it did. */
  #counter(
    tool: string,
    condition: JsonObject,
    state: Json | undefined,
    onDeny: { on_deny?: string },
    at: string,
    draft: Draft,
  ): boolean {
    const counts = isJsonObject(state) ? state : {};
    const counter = typeof counts.counter === 'string' ? counts.counter : '';
    // Intercept counts the rules of all tools under a name of its own.
    const scope = tool === '*' ? '_global' : tool;
    const own = [`${scope}.`, `${tool}.`, ''].some((each) => condition.path === `state.${each}${counter}`);
    const window = typeof counts.window === 'string' && windows.includes(counts.window);
    const { op, value } = condition;
    if (!own || !window || (op !== 'lte' && op !== 'lt') || typeof value !== 'number') {
      // A restriction that cannot be expressed must not be lost: the person decides instead.
      draft.require_approval = true;
      this.#note(at, 'This condition on a counter has no counterpart; the tool asks for every call instead.');
      return false;
    }
    const max = op === 'lte' ? value : value - 1;
    if (op === 'lt') this.#note(at, `"less than ${value}" became "at most ${max}".`);
    this.#strangers(
      counts,
      ['counter', 'window', 'increment', 'increment_from'],
      at.replace(/conditions.*$/, 'state'),
    );
    draft.limits.push({
      counter: `${tool}.${counter}`,
      window: counts.window as Json,
      max,
      scope: 'all',
      ...(counts.increment_from !== undefined
        ? { increment_from: counts.increment_from }
        : counts.increment !== undefined
          ? { increment: counts.increment }
          : {}),
      ...onDeny,
    });
    this.#note(at, 'Counted over a sliding window, where Intercept starts anew on the clock.');
    return true;
  }
}

/** A rule without its empty lists. */
function compact(draft: Partial<Draft>): JsonObject {
  return Object.fromEntries(
    Object.entries(draft).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  ) as JsonObject;
}
