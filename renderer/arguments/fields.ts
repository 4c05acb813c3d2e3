import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';

/** How an argument is edited. `json`: as JSON text, where no simpler control could hold the value. */
type Control =
  | { kind: 'choice'; options: readonly Json[] }
  | { kind: 'text'; long: boolean }
  | { kind: 'number'; integer: boolean }
  | { kind: 'flag' }
  | { kind: 'json' };

/** One argument of a tool, as the form shows it. */
export interface ArgumentField {
  name: string;
  /** What the tool's schema says about it; the upstream's words. */
  description?: string;
  required: boolean;
  /** Absent where the call does not have this argument. */
  value?: Json;
  control: Control;
  /** What it begins with when it is added to the call. */
  initial: Json;
}

/**
 * The fields for the arguments `args` of a tool with the JSON Schema `schema`: the schema's properties in
 * their order, then arguments that it does not know. Understands what tools use (types, `enum`, `const`,
 * nullable `anyOf`/`oneOf`, local `$ref`); for anything else the control is JSON text. What is valid is for
 * Greenlight to say, which checks the whole schema.
 */
export function argumentFields(schema: JsonObject | undefined, args: JsonObject): ArgumentField[] {
  const properties = isJsonObject(schema?.properties) ? schema.properties : {};
  const required = Array.isArray(schema?.required) ? schema.required : [];
  const names = new Set([...Object.keys(properties), ...Object.keys(args)]);
  return Array.from(names, (name) => {
    const declared = resolve(ownMember(properties, name), schema);
    const value = ownMember(args, name);
    const best = control(declared, value, name);
    const fits = value === undefined || holds(best, value);
    const description = isJsonObject(declared) ? declared.description : undefined;
    return {
      name,
      ...(typeof description === 'string' && { description }),
      required: required.includes(name),
      ...(value !== undefined && { value }),
      control: fits ? best : { kind: 'json' },
      initial: initial(declared, best),
    };
  });
}

/** `args` with `name` set to `value`, or without it; the order stays. */
export function withArgument(args: JsonObject, name: string, value: Json | undefined): JsonObject {
  // Neither assignment nor a plain copy: `__proto__` is an argument like any other.
  const entries = Object.entries(args).filter(([other]) => value !== undefined || other !== name);
  const changed = entries.map(([other, old]) => [other, other === name ? value : old] as const);
  if (value !== undefined && !Object.hasOwn(args, name)) changed.push([name, value]);
  return Object.fromEntries(changed) as JsonObject;
}

/** The names of the arguments in which `before` and `after` differ. */
export function changedArguments(before: JsonObject, after: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter(
    (name) => JSON.stringify(ownMember(before, name)) !== JSON.stringify(ownMember(after, name)),
  );
}

/** Follows a local `$ref` and drops the `null` of a nullable, keeping what stands beside them. */
function resolve(declared: Json | undefined, root: JsonObject | undefined, depth = 0): Json | undefined {
  if (!isJsonObject(declared) || depth > 8) return declared;
  const { $ref, anyOf, oneOf, ...rest } = declared;
  if (typeof $ref === 'string') {
    const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec($ref)?.[1];
    const defs = isJsonObject(root?.$defs) ? root.$defs : root?.definitions;
    const target =
      name !== undefined && isJsonObject(defs) ? resolve(ownMember(defs, name), root, depth + 1) : {};
    return { ...(isJsonObject(target) ? target : {}), ...rest };
  }
  const variants = anyOf ?? oneOf;
  if (!Array.isArray(variants)) return declared;
  const real = variants.filter((variant) => !(isJsonObject(variant) && variant.type === 'null'));
  if (real.length !== 1) return declared;
  const only = resolve(real[0], root, depth + 1);
  return { ...(isJsonObject(only) ? only : {}), ...rest };
}

function control(declared: Json | undefined, value: Json | undefined, name: string): Control {
  const schema = isJsonObject(declared) ? declared : {};
  if (Array.isArray(schema.enum))
    return { kind: 'choice', options: schema.enum.filter((one) => one !== null) };
  const types = Array.isArray(schema.type) ? schema.type.filter((type) => type !== 'null') : [schema.type];
  switch (types.length === 1 ? (types[0] ?? typeName(value)) : typeName(value)) {
    case 'string':
      return { kind: 'text', long: isLong(value, name) };
    case 'number':
      return { kind: 'number', integer: false };
    case 'integer':
      return { kind: 'number', integer: true };
    case 'boolean':
      return { kind: 'flag' };
    default:
      return { kind: 'json' };
  }
}

function typeName(value: Json | undefined): string {
  return value === null || Array.isArray(value) ? 'object' : typeof value;
}

function isLong(value: Json | undefined, name: string): boolean {
  return (
    /prompt|text|description|message/i.test(name) || (typeof value === 'string' && /.{80}|\n/.test(value))
  );
}

/** Whether the control can show `value` as it is. */
function holds(by: Control, value: Json): boolean {
  switch (by.kind) {
    case 'choice':
      return by.options.includes(value);
    case 'text':
      // A carriage return would be lost in a text field.
      return typeof value === 'string' && !value.includes('\r');
    case 'number':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'json':
      return true;
  }
}

function initial(declared: Json | undefined, by: Control): Json {
  const schema = isJsonObject(declared) ? declared : {};
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  switch (by.kind) {
    case 'choice':
      return by.options[0] ?? null;
    case 'text':
      return '';
    case 'number':
      return 0;
    case 'flag':
      return false;
    case 'json':
      return schema.type === 'array' ? [] : schema.type === 'object' ? {} : null;
  }
}
