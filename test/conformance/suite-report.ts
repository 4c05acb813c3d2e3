/** What the conformance suite found, as docs/protocol.md says it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Findings, REVISIONS, runSuite, SUITE } from './suite.ts';

const DOCS = fileURLToPath(new URL('../../docs/protocol.md', import.meta.url));
const [BEGIN, END] = ['<!-- conformance -->', '<!-- /conformance -->'];

export interface Run {
  revision: string;
  direct: Findings;
  through: Findings;
}

/** Runs every scenario that the suite has for servers, in every revision. Some twenty seconds. */
export async function runAll(): Promise<Run[]> {
  const runs: Run[] = [];
  for (const revision of REVISIONS) runs.push({ revision, ...(await runSuite(revision)) });
  return runs;
}

/** Each scenario that finds something else through Greenlight, in a line with both. */
export function differences(runs: Run[]): string[] {
  return runs.flatMap(({ revision, direct, through }) =>
    [...new Set([...direct.keys(), ...through.keys()])].flatMap((scenario) => {
      const [before, after] = [direct, through].map((found) =>
        (found.get(scenario) ?? ['did not run']).join('; '),
      );
      return before === after ? [] : `${revision}, ${scenario}: ${before} → ${after}`;
    }),
  );
}

/** The part of docs/protocol.md between its marks. */
export function report(runs: Run[]): string {
  const rows = runs.map(({ revision, direct, through }) => {
    const same = [...direct].filter(([scenario, found]) => String(found) === String(through.get(scenario)));
    return `| ${revision} | ${direct.size} | ${passed(direct)} | ${passed(through)} | ${same.length} |`;
  });
  const worse = differences(runs).map((line) => `- ${line}`);
  return [
    `Suite: \`@modelcontextprotocol/conformance\` ${SUITE}.`,
    '',
    '| Revision | Scenarios | Checks passed, directly | through Greenlight | Scenarios with the same result |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...(worse.length === 0 ? ['No scenario finds anything else through Greenlight.'] : worse),
  ].join('\n');
}

/** `46 of 46`; what the suite leaves out by itself counts as neither. */
function passed(found: Findings): string {
  const states = [...found.values()].flat().map((check) => check.split(': ')[1] ?? '');
  const counted = states.filter((state) => !['SKIPPED', 'INFO'].includes(state));
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
