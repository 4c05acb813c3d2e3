import { type OutputUnit, type Schema, type SchemaDraft, Validator } from '@cfworker/json-schema';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { referredTo } from '../json-reference.ts';
import { isSimplePattern, type Patterns, patternFormat, uncheckedFormat, withPatterns } from './patterns.ts';
import { quickCheck } from './quick-check.ts';

/** The arguments fit as far as they can be checked: the names of those whose patterns cannot be. */
export interface Unchecked {
  unchecked: readonly string[];
}

/** What is wrong with a call's arguments, as a sentence for the agent; `undefined` when they fit. */
export type ArgumentCheck = (args: JsonObject) => string | Unchecked | undefined;

/** How much work one check may be: calls to a schema's node. Real tools need a few dozen. */
const maxSteps = 50_000;
/** The longest list a schema with `uniqueItems` is checked with; the validator compares all pairs. */
const maxUniqueItems = 256;

const uncheckable =
  'The schema that the server gives for this tool cannot be checked safely, so its arguments cannot be either. Tell the person; they can set "validate_arguments": false for this tool in its policy.';

/** Stands for the schema of a tool that has none: nothing fits it. */
export const NO_SCHEMA: JsonObject = { not: {} };

const withoutSchema =
  'The server does not say what this tool takes (it gives no schema for it), so its arguments cannot be checked. Tell the person; they can set "validate_arguments": false for this tool in its policy.';

/** How much of what a schema says can be checked. */
export type Checked = 'all' | 'partly' | 'nothing';

const compiled = new WeakMap<JsonObject, { check: ArgumentCheck; checked: Checked }>();

/** The check of arguments against `schema`; made once per object. Never throws, and its checks never do. */
export function argumentCheck(schema: JsonObject): ArgumentCheck {
  return compile(schema).check;
}

/** How much {@link argumentCheck} can check by `schema`. Where it is nothing, every call is refused. */
export function checkedBy(schema: JsonObject): Checked {
  return compile(schema).checked;
}

function compile(schema: JsonObject): { check: ArgumentCheck; checked: Checked } {
  let found = compiled.get(schema);
  if (found === undefined) {
    try {
      found = compileCheck(schema);
    } catch {
      found = { check: () => uncheckable, checked: 'nothing' };
    }
    compiled.set(schema, found);
  }
  return found;
}

/** What a check of one schema may take, and what is known of the schema for it. */
interface Budget {
  left: number;
  uniqueItems: boolean;
  patterns: Patterns;
  /** The argument that is described, as far as names tell. */
  place: readonly string[];
  /** Within what must not be taken for fitting: it would have something else fit, or not fit. */
  strict: boolean;
  /** Whether there is a pattern that cannot be checked, and which arguments of this call met one. */
  partly: boolean;
  unchecked: Set<string>;
}

function compileCheck(schema: JsonObject): { check: ArgumentCheck; checked: Checked } {
  if (isNoSchema(schema)) return { check: () => withoutSchema, checked: 'nothing' };
  const budget: Budget = {
    left: maxSteps,
    uniqueItems: false,
    patterns: new Map(),
    place: [],
    strict: false,
    partly: false,
    unchecked: new Set(),
  };
  // A copy: the validator adds members to the schema, and ours differs from the upstream's.
  const own = rewrite(schema, budget) as JsonObject;
  const fits = quickCheck(own, budget.patterns, budget);
  const validator = new Validator(own as Schema, draftOf(schema));
  const names = namedArguments(own);
  const fitting = () => (budget.unchecked.size > 0 ? { unchecked: [...budget.unchecked] } : undefined);
  const check: ArgumentCheck = (args) => {
    if (names !== 'any') {
      const stranger = Object.keys(args).find((name) => !names.known.has(name) && !names.matches(name));
      if (stranger !== undefined) return unknownArgument(stranger, names.known);
    }
    if (budget.uniqueItems && hasLongList(args)) return 'A list in the arguments is too long to be checked.';
    const begin = () => {
      budget.left = maxSteps;
      budget.unchecked.clear();
    };
    try {
      begin();
      if (fits?.(args)) return fitting();
      begin();
      const { valid, errors } = withPatterns(budget.patterns, () => validator.validate(args));
      return valid ? fitting() : explain(errors);
    } catch {
      return uncheckable;
    }
  };
  return { check, checked: budget.partly ? 'partly' : 'all' };
}

/** By what is in it: it may have been written down and read again. */
function isNoSchema({ not, ...more }: JsonObject): boolean {
  return isJsonObject(not) && Object.keys(not).length === 0 && Object.keys(more).length === 0;
}

/** The dialect; MCP's default is 2020-12, which a schema without `$schema` gets. */
function draftOf(schema: JsonObject): SchemaDraft {
  const uri = Object.hasOwn(schema, '$schema') ? schema.$schema : undefined;
  const draft = typeof uri === 'string' ? /draft-0?([47])\b|draft\/(2019-09)/.exec(uri) : null;
  return (draft?.[1] ?? draft?.[2] ?? '2020-12') as SchemaDraft;
}

const mapKeywords = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependencies',
]);
/** Keywords whose value is a schema, or a list of them. What is in any other is an annotation. */
const schemaKeywords = new Set([
  ...['items', 'prefixItems', 'additionalItems', 'contains', 'unevaluatedItems'],
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames'],
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'],
]);
/** Where what fits too much has the whole not fit, or another part of it count. */
const strictKeywords = new Set(['not', 'oneOf', 'if', 'contains', 'propertyNames']);
const dataKeywords = new Set(['enum', 'const', 'default', 'examples', 'required', 'dependentRequired']);

/**
 * A copy of a schema for the validator: `pattern` through RE2; `format` left out, since it is an
 * annotation in current dialects and the validator's expressions are not linear; every node counting
 * against the budget. Throws on what cannot be checked in bounded time.
 */
function rewrite(schema: Json, budget: Budget): Json {
  if (Array.isArray(schema)) return schema.map((each) => rewrite(each, budget));
  if (!isJsonObject(schema)) return schema;
  const copy: JsonObject = Object.create(null);
  for (const [keyword, value] of Object.entries(schema)) {
    // How some servers leave a keyword out.
    if (value === null && keyword !== 'const' && keyword !== 'default') continue;
    if (keyword === '$dynamicRef' || keyword === '$recursiveRef') throw new Error('dynamic reference');
    if (keyword === 'format' || keyword === '$recursiveAnchor' || keyword === '$dynamicAnchor') continue;
    if (keyword === 'pattern') copy.format = rewritePattern(value as string, budget);
    else if (dataKeywords.has(keyword)) copy[keyword] = value;
    else if (mapKeywords.has(keyword) && isJsonObject(value)) {
      if (keyword === 'patternProperties' && !Object.keys(value).every(isSimplePattern)) {
        throw new Error('unsupported pattern');
      }
      const members: JsonObject = Object.create(null);
      for (const [name, each] of Object.entries(value)) {
        const place = keyword === 'properties' ? [...budget.place, name] : budget.place;
        members[name] = within(budget, { place }, () => rewrite(each, budget));
      }
      copy[keyword] = members;
    } else if (schemaKeywords.has(keyword)) {
      const strict = budget.strict || strictKeywords.has(keyword);
      copy[keyword] = within(budget, { strict }, () => rewrite(value, budget));
    } else {
      const annotation = rewriteAnnotation(value, budget);
      if (annotation !== undefined) copy[keyword] = annotation;
    }
    if (keyword === 'uniqueItems') budget.uniqueItems = true;
  }
  // The validator reads this keyword of every node it enters, which lets us count: a few references that
  // point at each other twice would otherwise take longer than anyone lives.
  Object.defineProperty(copy, '$recursiveRef', {
    get() {
      budget.left--;
      if (budget.left < 0) throw new Error('too much work');
      return undefined;
    },
  });
  return copy;
}

/** The name of what checks a pattern, or notes that it cannot be checked. */
function rewritePattern(pattern: string, budget: Budget): string {
  const { patterns, unchecked } = budget;
  const name = patternFormat(pattern, patterns);
  if (name !== undefined) return name;
  if (budget.strict) throw new Error('unsupported pattern');
  budget.partly = true;
  const place = budget.place.join('.');
  return uncheckedFormat(patterns, () => unchecked.add(place));
}

/** Does `work` with some of `budget` as in `here`. */
function within<T>(budget: Budget, here: Partial<Pick<Budget, 'place' | 'strict'>>, work: () => T): T {
  const { place, strict } = budget;
  Object.assign(budget, here);
  try {
    return work();
  } finally {
    Object.assign(budget, { place, strict });
  }
}

/**
 * An annotation says nothing of what fits, whatever words are in it, but a reference may point into it: what cannot be
 * checked there is left out, so that such a reference leads nowhere. `undefined`: left out.
 */
function rewriteAnnotation(value: Json, budget: Budget): Json | undefined {
  const { partly } = budget;
  try {
    return rewrite(value, budget);
  } catch {
    return undefined;
  } finally {
    budget.partly = partly;
  }
}

interface Names {
  known: ReadonlySet<string>;
  matches(name: string): boolean;
}

/**
 * The top-level arguments that a schema names, also through its in-place parts (`allOf`, `$ref`, ...);
 * `'any'` when one of them allows additional properties in so many words.
 */
function namedArguments(root: JsonObject): Names | 'any' {
  const known = new Set<string>();
  const patterns: RegExp[] = [];
  const seen = new Set<Json>();
  let any = false;
  const visit = (node: Json | undefined): void => {
    if (!isJsonObject(node) || seen.has(node)) return;
    seen.add(node);
    for (const extra of [node.additionalProperties, node.unevaluatedProperties]) {
      if (extra === true || isJsonObject(extra)) any = true;
    }
    if (isJsonObject(node.properties)) for (const name of Object.keys(node.properties)) known.add(name);
    if (isJsonObject(node.patternProperties)) {
      patterns.push(...Object.keys(node.patternProperties).map((pattern) => new RegExp(pattern, 'u')));
    }
    for (const list of [node.allOf, node.anyOf, node.oneOf]) if (Array.isArray(list)) list.forEach(visit);
    for (const each of [node.if, node.then, node.else]) visit(each);
    if (isJsonObject(node.dependentSchemas)) Object.values(node.dependentSchemas).forEach(visit);
    if (typeof node.$ref === 'string') visit(referredTo(root, node.$ref));
  };
  visit(root);
  return any ? 'any' : { known, matches: (name) => patterns.some((pattern) => pattern.test(name)) };
}

function unknownArgument(name: string, known: ReadonlySet<string>): string {
  const takes =
    known.size === 0
      ? 'The tool takes no arguments.'
      : `The tool takes: ${[...known].slice(0, 20).join(', ')}.`;
  return `The tool has no argument ${quote(name)}. ${takes} Leave the others out and call again.`;
}

/** Keywords that only say that something below them is wrong. */
const structural = new Set([
  'properties',
  '$ref',
  'allOf',
  'items',
  'prefixItems',
  'if',
  'additionalProperties',
]);

function explain(errors: readonly OutputUnit[]): string {
  const first = errors.find((error) => !structural.has(error.keyword)) ?? errors[0];
  if (first === undefined) return uncheckable;
  if (first.keyword === 'required' && first.instanceLocation === '#') {
    const name = /"(.*)"/s.exec(first.error)?.[1] ?? '';
    return `The argument ${quote(name)} is missing. Add it and call again.`;
  }
  const alternatives =
    first.keyword === 'anyOf' || first.keyword === 'oneOf'
      ? errors.filter(
          (each) =>
            each.instanceLocation === first.instanceLocation && /^(?:type|enum|const)$/.test(each.keyword),
        )
      : [];
  const what = alternatives.length > 0 ? alternatives : [first];
  const sentence = what.map((each) => each.error.replaceAll('greenlight pattern ', 'pattern ')).join(' Or: ');
  const where = first.instanceLocation.slice(2).split('/').map(decodePart).join('.');
  const subject = where === '' ? 'The arguments do' : `The argument ${quote(where)} does`;
  return `${subject} not fit the tool's schema. ${cut(sentence, 300)} Correct this and call again.`;
}

function decodePart(part: string): string {
  return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
}

function hasLongList(value: Json): boolean {
  if (Array.isArray(value)) return value.length > maxUniqueItems || value.some(hasLongList);
  return isJsonObject(value) && Object.values(value).some(hasLongList);
}

function quote(name: string): string {
  return JSON.stringify(cut(name, 100));
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
