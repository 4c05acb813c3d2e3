import { isJsonObject, type Json, type JsonObject, ownMember } from '../json.ts';
import { referredTo } from '../json-reference.ts';
import { plain, wordsOf } from './words.ts';

/** Something that a tool takes. */
export interface Argument {
  /** Where it stands, as `a.b`. */
  path: string;
  words: string[];
  /** Whether a text may stand there that the caller chooses. */
  text: boolean;
  flag: boolean;
  number: boolean;
  list: boolean;
  choices: string[];
  /** The words of its description. */
  about: ReadonlySet<string>;
  uri: boolean;
  /** The member that it stands in, as words. */
  within: string[];
}

/** Arguments, levels of them, schemas and characters of all together, and characters of each text that are read. */
const MOST_ARGUMENTS = 2000;
const DEEPEST = 12;
const MOST_SCHEMAS = 5000;
const MOST_CHARACTERS = 200_000;
const LONGEST = 500;
/** Schemas, each within the one before, that are followed to what may stand at one place. */
const DEEPEST_PART = 50;

/** Where a schema says what may stand at its place, or in the list there. */
const PARTS =
  `anyOf oneOf allOf not if then else items prefixItems additionalItems contains unevaluatedItems`.split(' ');
/** The same, by the member that has to be there. */
const DEPENDENT = ['dependentSchemas', 'dependencies'];
/** Where it says what members hold that it does not name. */
const UNNAMED = ['additionalProperties', 'unevaluatedProperties'];
const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'];
/** What a schema is called, from which what refers within it may be counted: `id` in draft 4. */
const NAMES = ['$id', 'id', '$anchor'];
/** Where members have names that somebody chose, and a schema each. */
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', ...DEPENDENT]);
/** Where values stand, not schemas. */
const VALUES = new Set(['enum', 'const', 'default', 'examples', 'example']);

/** What the caller may choose for a place, by the type that says so. */
type Kind = 'text' | 'flag' | 'number' | 'list';
const ANY: ReadonlySet<Kind> = new Set(['text', 'flag', 'number', 'list']);
const TYPES = new Map<Json, readonly Kind[]>([
  ['string', ['text']],
  ['boolean', ['flag']],
  ['number', ['number']],
  ['integer', ['number']],
  ['object', []],
  ['null', []],
]);

/** A place in what a tool takes. */
interface Place {
  schema: Json;
  path: string;
  words: string[];
  depth: number;
  /** Whether a member that has a name stands there. */
  argument: boolean;
  above: Above | undefined;
}

/** The place that another one is in, with the forms of what may stand there. */
interface Above {
  words: string[];
  forms: ReadonlySet<JsonObject>;
  above: Above | undefined;
}

/**
 * All that a tool takes, what is within others after them. References are followed, each way down once, and all of it
 * to a bound; `whole`: nothing was left out.
 */
export function argumentsOf(root: JsonObject): { found: Argument[]; whole: boolean } {
  const found: Argument[] = [];
  const { formsOf, kindsOf, missed } = follower(root);
  const waiting: Place[] = [
    { schema: root, path: '', words: [], depth: 0, argument: false, above: undefined },
  ];
  let whole = true;
  let characters = 0;
  const read = (text: string) => {
    const part = text.slice(0, LONGEST);
    characters += part.length;
    return characters > MOST_CHARACTERS ? '' : part;
  };
  for (const place of waiting) {
    const { path, words, depth } = place;
    if (depth > DEEPEST || characters > MOST_CHARACTERS || waiting.length > MOST_ARGUMENTS || missed()) {
      whole = false;
      break;
    }
    const forms = formsOf(place.schema);
    if (place.argument) found.push(argumentOf(place, { forms, kinds: kindsOf(place.schema), read }));
    const above = { words, forms: new Set(forms), above: place.above };
    const wait = (schema: Json, more: Partial<Place>) =>
      waiting.push({ ...place, schema, depth: depth + 1, above, ...more });
    for (const form of forms.filter((one) => !isOpened(one, place))) {
      for (const [name, schema] of Object.entries(membersOf(form, 'properties'))) {
        if (name.length > LONGEST) whole = false;
        const at = path === '' ? name : `${path}.${name}`;
        wait(schema, { path: at, words: wordsOf(plain(read(name))), argument: true });
      }
      const unnamed = UNNAMED.map((member) => ownMember(form, member) ?? null);
      for (const schema of [...unnamed, ...Object.values(membersOf(form, 'patternProperties'))])
        if (isJsonObject(schema)) wait(schema, { argument: false });
    }
  }
  return { found, whole: whole && characters <= MOST_CHARACTERS && !missed() };
}

/** Whether `place` is within one of its own kind and name: what refers to itself is opened once. */
function isOpened(form: JsonObject, place: Place): boolean {
  for (let { above } = place; above; above = above.above)
    if (above.forms.has(form) && above.words.join(' ') === place.words.join(' ')) return true;
  return false;
}

/** Whether a schema below the root has a name of its own, or there are too many to see. */
function isNamedBelow(root: JsonObject): boolean {
  const schemas = new Set([root]);
  for (const schema of schemas) {
    if (schemas.size > MOST_SCHEMAS) return true;
    const isName = (value: Json | undefined) =>
      ['string', 'number'].includes(typeof value) || Array.isArray(value);
    if (schema !== root && NAMES.some((member) => isName(ownMember(schema, member)))) return true;
    for (const [member, value] of Object.entries(schema)) {
      if (VALUES.has(member) || member.startsWith('x-')) continue;
      const parts = MAPS.has(member) && isJsonObject(value) ? Object.values(value) : [value];
      for (const part of parts.flat()) if (isJsonObject(part)) schemas.add(part);
    }
  }
  return false;
}

interface Follower {
  /** The forms of what may stand at a place. */
  formsOf: (schema: Json) => JsonObject[];
  /** What the caller may choose there, or in the list there, that is not one of those that are listed. */
  kindsOf: (schema: Json) => ReadonlySet<Kind>;
  /** Whether it came to a bound, to a reference that leads nowhere, or to one that may lead elsewhere. */
  missed: () => boolean;
}

function follower(root: JsonObject): Follower {
  const known = new Map<string, Json | undefined>();
  let looked = 0;
  let weighed = 0;
  let lost = false;
  let named: boolean | undefined;
  const referred = (reference: Json): Json => {
    // What a reference leads to depends on the names of schemas around it.
    named ??= isNamedBelow(root);
    lost ||= named;
    const pointer = typeof reference === 'string' && reference.length <= LONGEST ? reference : '';
    if (!known.has(pointer)) known.set(pointer, referredTo(root, pointer));
    const target = known.get(pointer);
    lost ||= !isJsonObject(target) && typeof target !== 'boolean';
    return target ?? null;
  };
  const referredFrom = (form: JsonObject): Json[] =>
    REFERENCES.flatMap((member) => (Object.hasOwn(form, member) ? [referred(form[member] ?? null)] : []));
  const formsOf = (schema: Json): JsonObject[] => {
    const forms = new Set([schema].filter(isJsonObject));
    for (const form of forms) {
      looked += 1;
      if (looked > MOST_SCHEMAS) break;
      const parts = [
        ...PARTS.flatMap((member) => ownMember(form, member) ?? []),
        ...DEPENDENT.flatMap((member) => Object.values(membersOf(form, member))),
        ...referredFrom(form),
      ];
      for (const part of parts) {
        if (isJsonObject(part)) forms.add(part);
        else looked += 1;
      }
    }
    return [...forms];
  };
  /** What is not understood, leads back to itself or is too deep narrows nothing: it is `ANY`. */
  const kindsWithin = (schema: Json, above: readonly JsonObject[]): ReadonlySet<Kind> => {
    weighed += 1;
    if (weighed > MOST_SCHEMAS || above.length > DEEPEST_PART) return ANY;
    if (!isJsonObject(schema)) return schema === false ? new Set() : ANY;
    if (above.includes(schema)) return ANY;
    // Drafts 4 to 7 ignore all beside it; what another kind of reference leads to depends on where one came from.
    if (Object.hasOwn(schema, '$ref')) return kindsWithin(referred(schema.$ref ?? null), [...above, schema]);
    if (REFERENCES.some((member) => Object.hasOwn(schema, member))) return ANY;
    if (listOf(schema, 'enum').length > 0 || Object.hasOwn(schema, 'const')) return new Set();
    const all = [...above, schema];
    const any = (parts: readonly Json[]) => {
      const kinds = new Set<Kind>();
      for (const part of parts) {
        if (kinds.size === ANY.size) break;
        for (const kind of kindsWithin(part, all)) kinds.add(kind);
      }
      return kinds;
    };
    const types = [ownMember(schema, 'type') ?? []].flat();
    const ofTypes = types.flatMap((type) =>
      type === 'array' ? ['list' as const, ...any(itemsOf(schema))] : (TYPES.get(type) ?? [...ANY]),
    );
    let kinds: ReadonlySet<Kind> = types.length === 0 ? ANY : new Set(ofTypes);
    const alternatives = ['anyOf', 'oneOf'].map((member) => listOf(schema, member));
    const required = listOf(schema, 'allOf').map((part) => [part]);
    for (const parts of [...alternatives, ...required]) {
      if (parts.length === 0 || kinds.size === 0) continue;
      const narrower = any(parts);
      kinds = new Set([...kinds].filter((kind) => narrower.has(kind)));
    }
    return kinds;
  };
  return {
    formsOf,
    kindsOf: (schema) => kindsWithin(schema, []),
    missed: () => lost || looked > MOST_SCHEMAS,
  };
}

function argumentOf(
  { path, words, above }: Place,
  {
    forms,
    kinds,
    read,
  }: { forms: readonly JsonObject[]; kinds: ReadonlySet<Kind>; read: (text: string) => string },
): Argument {
  const all = forms.flatMap((form) => [...valuesOf(form), ...valuesOf(membersOf(form, 'propertyNames'))]);
  const about = forms
    .map((form) => ownMember(form, 'description'))
    .filter((one) => typeof one === 'string')
    .map(read)
    .join(' ');
  return {
    path,
    words,
    text: kinds.has('text'),
    flag: kinds.has('flag') || all.some((value) => typeof value === 'boolean'),
    number: kinds.has('number') || all.some((value) => typeof value === 'number'),
    list: kinds.has('list'),
    choices: all.filter((value) => typeof value === 'string').map(read),
    about: wordsIn(about),
    uri: forms.some((form) => ownMember(form, 'format') === 'uri'),
    within: above?.words ?? [],
  };
}

/** The words of a text, of its first `most` characters: `GraphQL` is one, and two. */
export function wordsIn(text: string, most = LONGEST): ReadonlySet<string> {
  const read = plain(text.slice(0, most));
  return new Set([...wordsOf(read), ...wordsOf(read.toLowerCase())]);
}

function membersOf(schema: JsonObject, member: string): JsonObject {
  const members = ownMember(schema, member);
  return isJsonObject(members) ? members : {};
}

/** The values that a schema lists. */
function valuesOf(schema: JsonObject): Json[] {
  return [ownMember(schema, 'enum') ?? [], ownMember(schema, 'const') ?? []].flat();
}

function listOf(schema: JsonObject, member: string): Json[] {
  const list = ownMember(schema, member);
  return Array.isArray(list) ? list : [];
}

/** What the members of a list may be: those that have a place of their own, and the others. */
function itemsOf(schema: JsonObject): Json[] {
  const items = ownMember(schema, 'items');
  const others = Array.isArray(items) ? ownMember(schema, 'additionalItems') : items;
  return [...listOf(schema, 'prefixItems'), ...listOf(schema, 'items'), others ?? true];
}
