/**
 * One random life through the door, from a seed: clients that post to two servers, a person who answers, upstreams over
 * HTTP that fail now and then. What each upstream saw is then what was approved for its server and what the log says of
 * it, member by member.
 * Runs without a test runner.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { serverOfColumn } from '../../main/ledger/server-column.ts';
import { canonicalJson } from '../../shared/digest.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { LUMA } from '../../shared/server-id.ts';
import { type ScriptedTool, startHttpUpstream } from '../servers/http.ts';
import { startGreenlight } from '../support/greenlight.ts';
import { until } from '../support/wait.ts';
import { random } from './life.ts';
import { BOTH, THIRD } from './world.ts';

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

const policy = (version: number, server: string): Json => ({
  version: '1',
  ...(server !== LUMA && { server }),
  default: 'deny',
  description: `Version ${version}`,
  all_tools: { deny_if: [{ path: 'also', op: 'eq', value: 'nothing is this' }] },
  tools: { free: {}, asked: { require_approval: true } },
});

/** Lives the life of `seed`, `steps` long. */
export async function liveThroughTheDoor(seed: number, steps = 100): Promise<DoorReport> {
  const dice = random(seed);
  const oneOf = <const T>(list: readonly T[]): T => list[Math.floor(dice() * list.length)] as T;
  const startUpstream = () =>
    startHttpUpstream({
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
  const upstreams = { [LUMA]: await startUpstream(), [THIRD]: await startUpstream() };
  const greenlight = await startGreenlight({
    upstream: upstreams[LUMA].url,
    policy: policy(1, LUMA),
    settings: { holdSeconds: oneOf([0, 300]) },
  });
  const { core } = greenlight;
  const useThird = (version: number) =>
    core.policies.save({ id: THIRD, name: 'Third', document: policy(version, THIRD) });
  useThird(1);
  await core.servers.add({
    id: THIRD,
    name: 'Third',
    upstream: { kind: 'http', url: upstreams[THIRD].url },
    secrets: {},
    policyId: THIRD,
  });
  core.grants.update(greenlight.grant.id, { servers: BOTH });
  const tokens = [greenlight.token, core.grants.create('Another', BOTH).token];
  const open = new Set<{ leave: AbortController; answered: Promise<unknown> }>();
  let calls = 0;
  let version = 1;

  function call(): void {
    calls += 1;
    const body = `{"jsonrpc":"2.0","id":${calls},"method":"tools/call","params":{"name":"${oneOf(['free', 'asked', 'asked'])}","arguments":${oneOf(ARGUMENTS)}${oneOf(BESIDE)}}}`;
    const leave = new AbortController();
    const headers = {
      ...greenlight.headers,
      authorization: `Bearer ${oneOf(tokens)}`,
      ...(dice() < 0.3 && { accept: 'application/json' }),
    };
    const answered = fetch(core.mcpUrlOf(oneOf([LUMA, THIRD])), {
      method: 'POST',
      headers,
      body,
      signal: leave.signal,
    })
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
      if (dice() < 0.5) useThird(version);
      else greenlight.usePolicy(policy(version, LUMA));
    } else await sleep(5);
    if (dice() < 0.7) await sleep(1);
  }
  // A call that comes in late is asked for late.
  await until(() => {
    for (const { id } of core.approvals.pending()) core.gate.decide(id, { answer: 'deny', for: 'once' });
    return open.size === 0;
  });
  const written = ({ tool, edited, arguments: args, also }: Record<string, Json>) =>
    textOf(String(tool), JSON.parse(String(edited ?? args)), JSON.parse(String(also ?? '{}')));
  const rows = () =>
    core.database.sql.prepare('SELECT * FROM activity WHERE forwarded = 1').all() as Record<string, Json>[];
  await until(() => rows().every(({ result }) => result !== null));

  const problems: string[] = [];
  let ran = 0;
  for (const [server, upstream] of Object.entries(upstreams)) {
    const ofServer = (row: Record<string, Json>) => serverOfColumn(row.server) === server;
    const logged = rows().filter(ofServer);
    const approved = core.database.sql
      .prepare("SELECT * FROM approvals WHERE state = 'allowed' AND used_at IS NOT NULL")
      .all() as Record<string, Json>[];
    const seen = upstream.messages('tools/call').map(({ params }) => sentText(params as JsonObject));
    ran += seen.length;
    const found = {
      'saw what the log does not have': beyond(seen, logged.map(written)),
      'did not see what the log has': beyond(
        logged.filter(({ result }) => result === 'ok').map(written),
        seen,
      ),
      'ran without an approval': beyond(
        seen.filter((text) => text.startsWith('asked ')),
        approved.filter(ofServer).map(written),
      ),
    };
    for (const [what, texts] of Object.entries(found))
      problems.push(...texts.map((text) => `the upstream of ${server} ${what}: ${text}`));
  }
  await greenlight.stop();
  for (const upstream of Object.values(upstreams)) await upstream.close();
  return { seed, calls, ran, problems };
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
