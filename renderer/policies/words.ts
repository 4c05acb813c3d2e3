/** Policies in plain words, for who edits them: whole rules, and what a condition does beyond its words. */
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { listOf } from '../../shared/policy/edit.ts';
import { approvalOf } from '../../shared/policy/outcome.ts';
import { hasStar } from '../../shared/policy/paths.ts';
import {
  describeLimit,
  describePredicate,
  describeRate,
  fits,
  isNothing,
  type Judged,
  type OperatorId,
  type OperatorWords,
  operatorWords,
  type ReadablePredicate,
  subjectWords,
  timeoutWords,
  type ValueKind,
} from '../../shared/policy/predicate-words.ts';

export * from '../../shared/policy/predicate-words.ts';

/** `predicate` (a readable one) with another operator; its value is kept where the new one can take it. */
export function withOperator(predicate: JsonObject, operator: OperatorId): JsonObject {
  const words: OperatorWords = operatorWords[operator];
  const before = predicate.value ?? null;
  const value = words.fixed ?? (fits(before, words.kind) ? before : converted(before, words.kind));
  const { absent: _absent, ...rest } = predicate;
  return { ...(words.kind === 'hosts' ? predicate : rest), op: words.op, value };
}

function converted(value: Json, kind: ValueKind): Json {
  switch (kind) {
    case 'number':
      return 0;
    case 'text':
      return '';
    case 'list':
      return typeof value === 'boolean' ? [] : [value];
    case 'hosts':
      return typeof value === 'string' && /^[\w.*-]+$/.test(value) ? [value] : [];
    default:
      return value;
  }
}

/**
 * What a condition does beyond its words, for the person who writes it. `names`: the arguments that are known;
 * empty while none is.
 */
export function hintsOf(
  { path, operator, value, absent }: ReadablePredicate,
  judged: Judged,
  names: readonly string[],
): string[] {
  const hints: string[] = [];
  const [, name] = path.split('.');
  if (name !== undefined && names.length > 0 && !names.includes(name)) {
    hints.push(`No argument called ${JSON.stringify(name)} is known: perhaps nothing is ever found there.`);
  }
  if (hasStar(path)) {
    const every = absent ? 'all must fit' : 'all must fit, and there must be one';
    hints.push(`* is each element of a list: ${judged === 'require' ? every : 'one that fits is enough'}.`);
  }
  if (operatorWords[operator].kind === 'hosts') {
    const what = 'Whatever is no plain http(s) URL, also null and an empty text,';
    hints.push(judged === 'when' ? `${what} asks you as well.` : `${what} is denied as well.`);
  }
  if (judged !== 'require' && NEGATIVE.includes(operator) && !isNothing(value)) {
    const passes = judged === 'when' ? 'is not asked about for this' : 'is let through';
    hints.push(`A call without ${subjectWords(path)} ${passes}.`);
  }
  if (BY_SPELLING.includes(operator) && listOf(Array.isArray(value) ? value : [value]).some(isAddress)) {
    const other = 'choose “is a URL on one of the hosts”';
    if (judged !== 'require')
      hints.push(`The same host can be written in many ways, and this keeps out one of them: ${other}.`);
    else if (operator !== 'eq' && operator !== 'in')
      hints.push(`Other hosts fit this too, such as ${LOOKALIKE}: ${other}.`);
  }
  return hints;
}

/** What holds of whatever is not named. */
const NEGATIVE: readonly OperatorId[] = ['neq', 'not_in', 'host_not_in'];

/** What looks at how a text is written. */
const BY_SPELLING: readonly OperatorId[] = ['eq', 'in', 'contains', 'starts_with', 'ends_with', 'regex'];

const LOOKALIKE = 'https://good.example.evil.example';

function isAddress(value: Json): boolean {
  return typeof value === 'string' && /:\/\/|^[\w-]+(?:\\?\.[\w-]+)*\\?\.[a-z]{2,}(?:[/:]|$)/i.test(value);
}

/** What a rule's conditions and limits amount to, a clause each; what has no words is counted. */
export function ruleWords(rule: JsonObject | undefined): string[] {
  if (rule === undefined) return [];
  const clauses: string[] = [];
  let unsaid = 0;
  const say = (start: string, items: readonly Json[], words: (item: Json) => string | undefined) => {
    for (const item of items) {
      const said = words(item);
      if (said === undefined) unsaid++;
      else clauses.push(start + said);
    }
  };
  say('denied if ', listOf(rule.deny_if), (each) => describePredicate(each, 'deny_if'));
  say('only if ', listOf(rule.require), (each) => describePredicate(each, 'require'));
  say('', listOf(rule.limits), describeLimit);
  if (rule.rate_limit !== undefined) say('', [rule.rate_limit], describeRate);
  const { mode, timeout } = approvalOf(rule);
  const waits = timeout === undefined ? '' : `, waits ${timeoutWords(timeout)}`;
  if (mode === 'always') clauses.push(`asks every time${waits}`);
  if (mode === 'when') {
    const asks = rule.require_approval;
    say('asks if ', isJsonObject(asks) ? listOf(asks.when) : [], (each) => describePredicate(each, 'when'));
  }
  if (rule.validate_arguments === false) clauses.push('arguments are not checked against the schema');
  if (unsaid > 0)
    clauses.push(unsaid === 1 ? 'one part only the JSON shows' : `${unsaid} parts only the JSON shows`);
  return clauses;
}
