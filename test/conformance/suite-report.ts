/** What the conformance suite found, as docs/protocol.md says it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { againstClient, againstServer, type Findings, type Found, REVISIONS, SUITE } from './suite.ts';

const DOCS = fileURLToPath(new URL('../../docs/protocol.md', import.meta.url));
const [BEGIN, END] = ['<!-- conformance -->', '<!-- /conformance -->'];

/** One side of one revision. */
export interface Run extends Found {
  revision: string;
  side: 'server' | 'client';
}

/** What is known to differ, and why that is as it should be; by side, revision and scenario. */
const EXPLAINED = new Map([
  [
    'client 2026-07-28 request-metadata',
    'Greenlight reads the tool list for itself, and asks with the handshake first that most servers know; what the client sends comes through as it is.',
  ],
]);

/** Runs every scenario, in every revision. About a minute. */
export async function runAll(): Promise<Run[]> {
  const runs: Run[] = [];
  for (const revision of REVISIONS) {
    runs.push({ side: 'server', revision, ...(await againstServer(revision)) });
    runs.push({ side: 'client', revision, ...(await againstClient(revision)) });
  }
  return runs;
}

/** Each scenario that finds something else through Greenlight, with both. */
function differences(runs: Run[]): { key: string; direct: string; through: string }[] {
  return runs.flatMap(({ side, revision, direct, through }) =>
    [...new Set([...direct.keys(), ...through.keys()])].flatMap((scenario) => {
      const said = (found: Findings) => (found.get(scenario) ?? ['did not run']).join('; ');
      const both = { direct: said(direct), through: said(through) };
      return both.direct === both.through ? [] : [{ key: `${side} ${revision} ${scenario}`, ...both }];
    }),
  );
}

/** The scenarios that find something else through Greenlight for no reason that is known. */
export function unexplained(runs: Run[]): string[] {
  return differences(runs)
    .filter(({ key }) => !EXPLAINED.has(key))
    .map(({ key, direct, through }) => `${key}: ${direct} → ${through}`);
}

/** The scenarios that find something else at another server than at `luma`. */
export function notAsLuma(runs: Run[]): string[] {
  return differences(
    runs.flatMap(({ another, through, ...run }) =>
      another ? [{ ...run, direct: through, through: another }] : [],
    ),
  ).map(({ key, direct, through }) => `${key}: ${direct} → ${through}`);
}

/** The part of docs/protocol.md between its marks. */
export function report(runs: Run[]): string {
  const rows = runs.map(({ side, revision, direct, through }) => {
    const same = [...direct].filter(([scenario, found]) => String(found) === String(through.get(scenario)));
    return `| ${revision}, for a ${side} | ${passed(direct)} | ${passed(through)} | ${same.length} of ${direct.size} |`;
  });
  const differ = differences(runs).map(({ key }) => `- ${key}: ${EXPLAINED.get(key) ?? 'not explained'}`);
  return [
    `Suite: \`@modelcontextprotocol/conformance\` ${SUITE}.`,
    '',
    '| Scenarios | Checks passed, directly | through Greenlight | Scenarios with the same result |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...(differ.length === 0
      ? ['No scenario finds anything else through Greenlight.']
      : ['What differs:', '', ...differ]),
  ].join('\n');
}

/** `46 of 46`; what the suite leaves out by itself counts as neither. */
function passed(found: Findings): string {
  const states = [...found.values()].flat().map((check) => check.split(': ')[1] ?? '');
  const counted = states.filter((state) => state !== 'SKIPPED');
  return `${counted.filter((state) => state === 'SUCCESS').length} of ${counted.length}`;
}

/** What stands between the marks of docs/protocol.md now. */
export function reported(): string {
  const text = readFileSync(DOCS, 'utf8');
  return text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)).trim();
}

// `npm run conformance`: runs it all, and writes what it found.
if (import.meta.main) {
  const said = report(await runAll());
  const text = readFileSync(DOCS, 'utf8');
  const [before, after] = [text.slice(0, text.indexOf(BEGIN)), text.slice(text.indexOf(END))];
  writeFileSync(DOCS, `${before}${BEGIN}\n\n${said}\n\n${after}`);
  process.stdout.write(`${said}\n`);
}
