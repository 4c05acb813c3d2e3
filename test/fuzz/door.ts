/**
 * One random life through the door, from a seed: clients that post, a person who answers, an upstream over HTTP that
 * fails now and then. What the upstream saw is then what was approved and what the log says, member by member.
 * Runs without a test runner.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson } from '../../shared/digest.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { type ScriptedTool, startHttpUpstream } from '../servers/http.ts';
import { startGreenlight } from '../support/greenlight.ts';
import { until } from '../support/wait.ts';
import { random } from './life.ts';

/** What a life through the door came to. `problems`: what does not balance, in words. */
export interface DoorReport {
  seed: number;
  calls: number;
  ran: number;
  problems: string[];
}

/** Arguments as they are written: alike in some readings, and odd ones. */
const ARGUMENTS = [
  '{}',
  '{"a":1}',
  '{"a":1.0}',
  '{"a":1e0}',
  '{"a":"1"}',
  '{"a":1,"b":[true,null]}',
  '{"b":[true,null],"a":1}',
  '{"a":-0}',
  '{"a":"\\ud800"}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{"a":1}}}',
  '{"a":{"\\u202e":"x"},"A":2}',
] as const;

const BESIDE = [
  '',
  '',
  ',"inputResponses":{"amount":{"content":{"usd":1}}}',
  ',"inputResponses":{"amount":{"content":{"usd":2}}},"requestState":"s"',
  ',"_meta":{"vendor/x":1}',
  ',"_meta":{"progressToken":7,"claudecode/toolUseId":"mine"}',
] as const;

const tool = (name: string): ScriptedTool => ({
  name,
  inputSchema: { type: 'object', additionalProperties: true },
  run: () => ({ content: [{ type: 'text', text: 'done' }] }),
});

const policy = (version: number): Json => ({
  version: '1',
  default: 'deny',
  description: `Version ${version}`,
  all_tools: { deny_if: [{ path: 'also', op: 'eq', value: 'nothing is this' }] },
  tools: { free: {}, asked: { require_approval: true } },
});

/** Lives the life of `seed`, `steps` long. */
export async function liveThroughTheDoor(seed: number, steps = 40): Promise<DoorReport> {
  const dice = random(seed);
  const oneOf = <const T>(list: readonly T[]): T => list[Math.floor(dice() * list.length)] as T;
  const upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: oneOf(['json', 'event-stream']),
    tools: [tool('free'), tool('asked')],
    intercept({ body }, response) {
      if (!body.includes('"tools/call"') || dice() > 0.2) return false;
      if (dice() < 0.5) response.writeHead(500).end();
      else response.destroy();
      return true;
    },
  });
  const greenlight = await startGreenlight({
    upstream: upstream.url,
    policy: policy(1),
    settings: { holdSeconds: oneOf([0, 300]) },
  });
  const { core } = greenlight;
  const tokens = [greenlight.token, core.grants.create('Another', undefined).token];
  const open = new Set<{ leave: AbortController; answered: Promise<unknown> }>();
  let calls = 0;
  let version = 1;

  function call(): void {
    calls += 1;
    const body = `{"jsonrpc":"2.0","id":${calls},"method":"tools/call","params":{"name":"${oneOf(['free', 'asked', 'asked'])}","arguments":${oneOf(ARGUMENTS)}${oneOf(BESIDE)}}}`;
    const leave = new AbortController();
    const headers = {
      authorization: `Bearer ${oneOf(tokens)}`,
      ...(dice() < 0.3 && { accept: 'application/json' }),
    };
    const answered = greenlight
      .post(body, headers, leave.signal)
      .then((answer) => answer.text())
      .catch(() => {})
      .finally(() => open.delete(one));
    const one = { leave, answered };
    open.add(one);
  }

  function answer(): void {
    const pending = core.approvals.pending();
    if (pending.length === 0) return;
    const { id } = oneOf(pending);
    const roll = dice();
    if (roll < 0.3) core.gate.decide(id, { answer: 'deny', for: 'once' });
    else if (roll < 0.5) core.gate.decide(id, { answer: 'allow', for: 'once', arguments: { edited: roll } });
    else core.gate.decide(id, { answer: 'allow', for: 'once' });
  }

  for (let step = 0; step < steps; step += 1) {
    const roll = dice();
    if (roll < 0.5) call();
    else if (roll < 0.8) answer();
    else if (roll < 0.86) oneOf([...open])?.leave.abort();
    else if (roll < 0.9) {
      version += 1;
      greenlight.usePolicy(policy(version));
    } else await sleep(5);
    if (dice() < 0.7) await sleep(1);
  }
  // A call that comes in late is asked for late.
  await until(() => {
    for (const { id } of core.approvals.pending()) core.gate.decide(id, { answer: 'deny', for: 'once' });
    return open.size === 0;
  });
  const rows = () =>
    core.database.sql.prepare('SELECT * FROM activity WHERE forwarded = 1').all() as Record<string, Json>[];
  await until(() => rows().every(({ result }) => result !== null));

  const logged = rows();
  const written = ({ tool, edited, arguments: args, also }: Record<string, Json>) =>
    textOf(String(tool), JSON.parse(String(edited ?? args)), JSON.parse(String(also ?? '{}')));
  const approved = core.database.sql
    .prepare("SELECT * FROM approvals WHERE state = 'allowed' AND used_at IS NOT NULL")
    .all() as Record<string, Json>[];
  const seen = upstream.messages('tools/call').map(({ params }) => sentText(params as JsonObject));
  const problems = [
    ...beyond(seen, logged.map(written)).map(
      (text) => `the upstream saw what the log does not have: ${text}`,
    ),
    ...beyond(logged.filter(({ result }) => result === 'ok').map(written), seen).map(
      (text) => `the log has what the upstream did not see: ${text}`,
    ),
    ...beyond(
      seen.filter((text) => text.startsWith('asked ')),
      approved.map(written),
    ).map((text) => `it ran without an approval: ${text}`),
  ];
  await greenlight.stop();
  await upstream.close();
  return { seed, calls, ran: seen.length, problems };
}

/** One spelling of what was sent: the tool, its arguments, and what counts beside them. */
function textOf(name: string, args: Json, also: Json): string {
  return `${name} ${canonicalJson(args)} ${canonicalJson(also)}`;
}

/** The same of `params` as the upstream received them. What clients keep their books by must not be there. */
function sentText(params: JsonObject): string {
  const { name, arguments: args = {}, _meta, ...also } = params;
  const { progressToken: _, ...meta } = isJsonObject(_meta) ? _meta : {};
  return textOf(String(name), args, { ...also, ...(Object.keys(meta).length > 0 && { _meta: meta }) });
}

/** What is in `some` more often than in `all`. */
function beyond(some: readonly string[], all: readonly string[]): string[] {
  const left = [...all];
  return some.filter((text) => {
    const at = left.indexOf(text);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}
