/** `greenlight policy`: looks at files. Nothing is put in force from here; of a running Greenlight only tools are asked. */
import type { PolicyErrorRow } from '../../shared/contract.ts';
import { formatDuration } from '../../shared/duration.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { amountWords, limitWords } from '../../shared/limit-words.ts';
import {
  type CompiledPolicy,
  evaluate,
  type LimitDemand,
  minuteOfWeek,
  parsePolicy,
  type Verdict,
} from '../../shared/policy/index.ts';
import { LUMA } from '../../shared/server-id.ts';
import { describeTool } from '../../shared/tool-category.ts';
import { readOwnFile, systemReason } from '../base/private-file.ts';
import { MAX_FILE_BYTES, parseDocument } from '../policies/document.ts';
import { sandboxTools } from '../upstream/sandbox/tools.ts';
import { toDefinition } from '../upstream/tools/tools.ts';
import type { Asked } from './approvals.ts';
import { CommandError, EXIT } from './command-error.ts';
import { findTools, type KnownTool } from './known-tools.ts';
import { say, sayJson } from './output.ts';

type Read = { policy: CompiledPolicy } | { errors: PolicyErrorRow[] };

/** Says of each file what is wrong with it; returns whether nothing is. */
export function validatePolicies({ json, files }: { json: boolean; files: string[] }): boolean {
  const found = files.map((file) => {
    const read = readPolicy(file);
    return { file, valid: 'policy' in read, errors: 'errors' in read ? read.errors : [] };
  });
  if (json) sayJson(found);
  else
    for (const { file, valid, errors } of found)
      say(valid ? `${file}: valid` : `${file}: not valid`, ...errorLines(errors));
  return found.every(({ valid }) => valid);
}

/** Says what the policy would do with one call, now; returns whether it could be judged. */
export async function tryPolicy(
  asked: Asked & { file: string; tool: string; args: string },
): Promise<boolean> {
  const { home, json, file, tool } = asked;
  const args = readArguments(asked.args);
  const read = readPolicy(file);
  if ('errors' in read) {
    if (json) sayJson({ errors: read.errors });
    else say(`${file}: not valid, so it judges nothing.`, ...errorLines(read.errors));
    return false;
  }
  const { server } = read.policy;
  const found = await findTools(home, server);
  const known =
    found === undefined ? broughtAlong(server, tool) : found.tools.find(({ name }) => name === tool);
  const verdict: Verdict =
    found !== undefined && known === undefined
      ? { outcome: 'deny', rule: '(unknown tool)', message: 'The upstream does not offer this tool.' }
      : evaluate(read.policy, {
          tool,
          category: known?.category,
          arguments: args,
          inputSchema: known?.inputSchema ?? { type: 'object', additionalProperties: true },
          guard: 'policy',
          minuteOfWeek: minuteOfWeek(Date.now()),
        });
  if ('unread' in verdict)
    throw new CommandError(
      EXIT.wrong,
      `What the policy does with ${JSON.stringify(tool)} depends on what that tool does, and the tools of the server “${server}” are not known here. ${LEARN}`,
    );
  const checked = found !== undefined || known !== undefined;
  if (json) sayJson(verdictJson(verdict, checked));
  else {
    say(
      ...verdictLines(verdict),
      ...(checked
        ? []
        : [
            `  The arguments were not checked against the tool’s own schema: the tools of the server “${server}” are not known here. ${LEARN}`,
          ]),
      ...(found?.kept
        ? ['  The server’s tools are as Greenlight read them last; it does not run now, or did not answer.']
        : []),
    );
  }
  return true;
}

/** How the tools of a server become known. */
const LEARN =
  'Start Greenlight and have it reach that server once, or name another data directory with --home, then try again.';

/** A tool of Luma’s, of which Greenlight brings along what the real server’s take. */
function broughtAlong(server: string, tool: string): KnownTool | undefined {
  const known = server === LUMA ? sandboxTools.find(({ name }) => name === tool) : undefined;
  const definition = toDefinition((known ?? null) as unknown as Json);
  return definition && { ...definition, category: describeTool(definition).category };
}

/** The policy in `file`, or what is wrong with it. Throws a {@link CommandError} when it cannot be read. */
export function readPolicy(file: string): Read {
  let text: string | undefined;
  try {
    text = readOwnFile(file, MAX_FILE_BYTES)?.toString();
  } catch (cause) {
    throw new CommandError(
      EXIT.misused,
      `${file} cannot be read: ${systemReason(cause)}. Name a policy file.`,
      {
        cause,
      },
    );
  }
  if (text === undefined)
    throw new CommandError(EXIT.misused, `There is no file ${file}. Name a policy file.`);
  const document = parseDocument(text);
  if (!document.ok) return { errors: document.errors };
  const parsed = parsePolicy(document.document);
  return parsed.ok ? { policy: parsed.policy } : { errors: parsed.errors };
}

function readArguments(text: string): JsonObject {
  const read = parseDocument(text);
  if (!read.ok) {
    throw new CommandError(
      EXIT.misused,
      `--arguments is not JSON: ${read.errors[0]?.message} Write an object, such as '{"prompt":"A cat"}'.`,
    );
  }
  if (!isJsonObject(read.document))
    throw new CommandError(EXIT.misused, `--arguments takes a JSON object, such as '{"prompt":"A cat"}'.`);
  return read.document;
}

const errorLines = (errors: PolicyErrorRow[]) =>
  errors.map(({ pointer, message }) => `  ${pointer === '' ? '(document)' : pointer}: ${message}`);

/** As the window's *Try a call* has it, and what the decision depends on besides. */
function verdictJson(verdict: Verdict, checked: boolean): object {
  const { outcome, rule, message } = verdict;
  return {
    outcome: outcome === 'hidden' ? 'deny' : outcome,
    ...(outcome === 'hidden' && { hidden: true }),
    rule,
    ...(message !== '' && { message }),
    argumentsChecked: checked,
    ...('limits' in verdict && { cost: verdict.cost, limits: verdict.limits.map(limitJson) }),
    ...(outcome === 'ask' && { timeoutSeconds: verdict.timeoutMs / 1000 }),
  };
}

function limitJson({
  rule,
  counter,
  scope,
  windowMs,
  max,
  amount,
  counts,
  whenReached,
}: LimitDemand): object {
  return {
    rule,
    counter,
    scope,
    windowSeconds: windowMs / 1000,
    max,
    amount,
    counts: counts ?? 'calls',
    whenReached: whenReached ?? 'deny',
  };
}

const DECISIONS = {
  allow: 'allow: it would run without asking.',
  ask: 'ask: the person would be asked.',
  deny: 'deny: it would not run.',
  hidden: 'deny: the tool is hidden; the agent would be told that there is none of this name.',
} as const;

function verdictLines(verdict: Verdict): string[] {
  const { outcome, rule, message } = verdict;
  const cost = 'limits' in verdict && verdict.cost !== undefined ? [`  cost: ${verdict.cost}`] : [];
  const limits = 'limits' in verdict ? verdict.limits : [];
  return [
    DECISIONS[outcome],
    `  rule: ${rule === '' ? '(nothing forbids it)' : rule}`,
    ...(message === '' ? [] : [`  ${outcome === 'ask' ? 'asked because' : 'the agent is told'}: ${message}`]),
    ...(outcome === 'ask' ? [`  waits: ${formatDuration(verdict.timeoutMs)}`] : []),
    ...cost,
    ...limits.map((limit) => `  counts toward a limit: ${limitLine(limit)}`),
    ...(limits.length > 0
      ? ['  Whether a limit is reached only a running Greenlight knows; here none is taken to be.']
      : []),
  ];
}

function limitLine({ counter, max, amount, windowMs, counts = 'calls', whenReached }: LimitDemand): string {
  const limit = limitWords({ max, counts, windowSeconds: windowMs / 1000 }, '');
  return `${counter}, ${amountWords(amount, counts, '')} of ${limit}, past that ${whenReached ?? 'deny'}`;
}
