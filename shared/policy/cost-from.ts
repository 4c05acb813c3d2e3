import { isJsonObject, type Json, type JsonObject, ownMember } from '../json.ts';
import { counted } from './amounts.ts';
import { valueAt } from './paths.ts';
import type { CostFrom } from './types.ts';

/**
 * What a call cost, as its answer says: a number of at least 0 in the structured content of the result, an error's too.
 * Where it does not say, as much as was reserved.
 */
export function spent({ path, reserve = 0 }: CostFrom, result: JsonObject | undefined): number {
  const content: Json | undefined = result && ownMember(result, 'structuredContent');
  const cost = amountIn(isJsonObject(content) ? valueAt(content, path) : undefined);
  return counted(cost !== undefined && cost >= 0 ? cost : reserve);
}

/** Of a number that JavaScript would give back as another, the one that it would give back. */
function amountIn(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'object' && JSON.isRawJSON(value) ? Number(value.rawJSON) : undefined;
}
