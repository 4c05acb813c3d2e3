/** A row of the log in the shape of the contract. */
import type { ActivityRow } from '../../shared/contract.ts';
import type { JsonObject } from '../../shared/json.ts';
import { compact } from '../base/compact.ts';
import { cutJson, cutText } from '../base/cut.ts';
import type { ActivityEntry } from './activity-row.ts';

/** An instant of Greenlight's time as the wall clock showed it. */
export type Iso = (at: number) => string;

/** Parts of a row that is cut: names, reasons, the arguments and what else is JSON. */
const TEXTS = 16;

/**
 * The row that `entry` is. Larger than `most` characters, it is cut to about that, and says so; without `most`, it
 * is whole.
 */
export function viewOf(entry: ActivityEntry, iso: Iso, most = Number.POSITIVE_INFINITY): ActivityRow {
  const cut = sizeOf(entry) > most;
  const share = cut ? Math.ceil(most / TEXTS) : most;
  const text = <T extends string | undefined>(value: T) => (value && cutText(value, share)) as T;
  const args = (json: string) => {
    const value = JSON.parse(json) as JsonObject | string[];
    return cut ? cutJson(value, Math.ceil(most / 4)) : value;
  };
  return compact({
    id: entry.id,
    at: iso(entry.at),
    client: compact({
      id: entry.grantId,
      label: text(entry.label),
      name: text(entry.clientName),
      version: text(entry.clientVersion || undefined),
    }),
    session: text(entry.session),
    server: entry.server,
    tool: text(entry.tool),
    arguments: args(entry.arguments),
    also: entry.also === undefined ? undefined : args(entry.also),
    digest: entry.digest,
    outcome: entry.outcome,
    rule: text(entry.rule),
    message: text(entry.message),
    decidedBy: entry.decidedBy,
    answeredBy: entry.answeredBy,
    policy: entry.policy,
    approvalId: entry.approvalId,
    cost: entry.cost,
    forwarded: entry.forwarded,
    waitMs: entry.waitMs,
    latencyMs: entry.latencyMs,
    result: entry.result,
    upstreamStatus: entry.upstreamStatus,
    taskId: text(entry.taskId),
    edited: entry.edited === undefined ? undefined : args(entry.edited),
    // It is short: see watch.ts of the gate.
    watched: entry.watched === undefined ? undefined : (JSON.parse(entry.watched) as ActivityRow['watched']),
    cut: cut ? true : undefined,
  });
}

/** The characters of what a client, a server or the person wrote in `entry`, and some for the rest. */
function sizeOf(entry: ActivityEntry): number {
  const { label, clientName, clientVersion, session, tool, rule, message, taskId, also, edited, watched } =
    entry;
  const texts = [
    label,
    clientName,
    clientVersion,
    session,
    tool,
    rule,
    message,
    taskId,
    also,
    edited,
    watched,
  ];
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), entry.arguments.length) + ROW;
}

/** Characters of a row beside those. */
const ROW = 600;
