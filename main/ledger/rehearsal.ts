/** What a policy would have done with calls of the log, one after the other. */
import type { JsonObject } from '../../shared/json.ts';
import { type CompiledPolicy, minuteOfWeek, verdictOnTool } from '../../shared/policy/index.ts';
import { pointer } from '../../shared/policy/paths.ts';
import type { Category } from '../../shared/tool-category.ts';
import type { ActivityEntry } from './activity-row.ts';
import { scopesOf } from './counters.ts';
import { createForesight, type Foreseen } from './foreseen.ts';
import { sentOf } from './not-kept.ts';

/** What of a logged call is judged. */
type LoggedCall = Pick<
  ActivityEntry,
  'at' | 'server' | 'grantId' | 'session' | 'tool' | 'arguments' | 'also' | 'cost'
>;

/** A tool as its server offers it now. */
export interface ToolNow {
  inputSchema: JsonObject;
  category: Category;
}

const NOT_KEPT_WORDS = 'The log does not have all that was sent with it.';
const NO_SCHEMA_WORDS =
  'The server’s tool list does not have this tool now, so nobody can say whether its arguments fit.';

/**
 * Judges calls by `policy`, in the order of their times; its limits begin with nothing counted. A call that would be
 * asked counts if it `ran` in fact; one of which nobody can tell what would become of it counts nothing. `tools`: those
 * that the server offers now. `toWall`: the wall clock (ms) at a time of the log.
 */
export function createRehearsal(
  policy: CompiledPolicy,
  tools: ReadonlyMap<string, ToolNow>,
  costUnit: string,
  toWall: (at: number) => number,
): (call: LoggedCall, ran: boolean) => Foreseen {
  const foresight = createForesight(() => costUnit);
  const unknown = (message: string): Foreseen => ({ would: 'unknown', rule: '', message });

  return ({ at, server, grantId, session, tool, cost, ...logged }, ran) => {
    const { inputSchema, category } = tools.get(tool) ?? {};
    const byTool = verdictOnTool(policy, tool, category);
    if (byTool?.outcome === 'deny' && byTool.unread) return unknown(NO_SCHEMA_WORDS);
    if (byTool) return { would: 'deny', rule: byTool.rule, message: byTool.message };
    const args = sentOf(logged.arguments);
    const also = logged.also === undefined ? {} : sentOf(logged.also);
    if (!args || !also) return unknown(NOT_KEPT_WORDS);
    const { foreseen, count } = foresight.judge(policy, {
      at,
      scopes: scopesOf({ server, grantId, session }),
      tool,
      arguments: args,
      also,
      inputSchema,
      category,
      minuteOfWeek: minuteOfWeek(toWall(at)),
    });
    const unchecked = foreseen.rule === pointer('tools', tool, 'validate_arguments') && !inputSchema;
    if (unchecked) return unknown(NO_SCHEMA_WORDS);
    if (foreseen.would === 'allow' || ran) count(ran ? cost : undefined);
    return foreseen;
  };
}
