/** The policy language: read a document, judge calls by it. Normative text: docs/policy.md. */
import { z } from 'zod';
import { policyDocument } from './document.ts';

export { parsePolicy } from './compile.ts';
export { type PolicyDocument, policyDocument, type Rule } from './document.ts';
export { evaluate, isHidden } from './evaluate.ts';
export { type Imported, importIntercept } from './intercept.ts';
export { type Preset, presets } from './presets.ts';
export type {
  CompiledPolicy,
  GuardMode,
  LimitDemand,
  ParsedPolicy,
  PolicyCall,
  PolicyError,
  Verdict,
} from './types.ts';

/** JSON Schema (2020-12) of the policy document, for completion in editors. */
export function policyJsonSchema(): ReturnType<typeof z.toJSONSchema> {
  return z.toJSONSchema(policyDocument, { io: 'input' });
}
