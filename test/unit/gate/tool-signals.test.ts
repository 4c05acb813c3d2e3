/** What a question says of a call because of what its tool does. */
import { expect, test } from 'vitest';
import { toolSignals } from '../../../main/gate/tool-signals.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { describeTool } from '../../../shared/tool-category.ts';
import { lumaSchema, lumaToolNames } from '../policy/support.ts';

const text = { type: 'string' };

/** The signals of a call to a tool that is called `name` and takes `properties`. */
function signals(name: string, properties: JsonObject, args: JsonObject) {
  const inputSchema = { type: 'object', properties };
  return toolSignals({ inputSchema, ...describeTool({ name, inputSchema }) }, args, { lumas: false });
}

test('a tool that destroys says so, with the reason', () => {
  expect(signals('delete_records', { id: text }, { id: 'r1' })).toEqual([
    { kind: 'destroys', text: 'Destroys: Its name says delete.' },
  ]);
});

test('where the person said what it does, that is the reason', () => {
  const inputSchema = { type: 'object', properties: {} };
  const of = { inputSchema, because: 'You chose so.', corrected: true, standsOut: [] };
  const said = (category: 'destructive' | 'execute' | 'spend') =>
    toolSignals({ ...of, category }, {}, { lumas: false });
  expect(said('destructive')).toEqual([{ kind: 'destroys', text: 'Destroys, as you said of this tool' }]);
  expect(said('execute')).toEqual([{ kind: 'executes', text: 'Runs a command, as you said of this tool' }]);
  expect(said('spend')).toEqual([{ kind: 'pays', text: 'Spends, as you said of this tool' }]);
});

test('a tool that runs something shows its beginning', () => {
  const run = (args: JsonObject) => signals('run_it', { command: { type: 'array', items: text } }, args);
  expect(run({ command: ['rm', '-rf', '/'] })).toEqual([
    { kind: 'executes', text: 'Runs a command: rm -rf /' },
  ]);
  expect(run({})).toEqual([{ kind: 'executes', text: 'Runs a command: Its name says run.' }]);
  const [long] = run({ command: ['\u{1f600}'.repeat(400)] });
  expect(long?.text.length).toBeLessThan(600);
  expect(long?.text.isWellFormed()).toBe(true);
});

test('what it touches is named one by one, wherever it stands, and counted past five', () => {
  const files = { type: 'array', items: { type: 'object', properties: { path: text } } };
  const paths = (names: string[]) =>
    signals('read_all', { files }, { files: names.map((path) => ({ path })) }).map(({ text: said }) => said);
  expect(paths(['/etc/passwd', '/etc/passwd', 'b'])).toEqual(['Touches /etc/passwd', 'Touches b']);
  expect(paths(['1', '2', '3', '4', '5', '6', '7']).at(-1)).toBe(
    'Touches 2 more; look through the arguments',
  );
});

test('two that begin alike are two, also where they are too long to be shown', () => {
  const paths = { type: 'array', items: text };
  const names = ['a', 'b', 'b'].map((end) => `${'x'.repeat(300)}${end}`);
  expect(signals('read_all', { paths }, { paths: names })).toHaveLength(2);
});

test('what it pays is said in one line', () => {
  const properties = { amount: { type: 'number' }, currency: text };
  expect(signals('send_gift', properties, { amount: 12.5, currency: 'EUR', note: 'x' })).toEqual([
    { kind: 'pays', text: 'Pays: amount 12.5, currency EUR' },
  ]);
});

test('a tool that spends says so, with the reason, where no argument says what', () => {
  expect(signals('buy_ticket', { seat: text }, { seat: '4A' })).toEqual([
    { kind: 'pays', text: 'Spends: Its name says buy.' },
  ]);
});

test('a value that is no text is shown all the same', () => {
  expect(signals('run_it', { command: text }, { command: { sh: 'ls' } })[0]?.text).toBe(
    'Runs a command: {"sh":"ls"}',
  );
  expect(signals('read_it', { path: text }, { path: null })).toEqual([]);
});

test('of Luma’s own tools nothing new stands out', () => {
  for (const name of lumaToolNames) {
    const inputSchema = lumaSchema(name) as JsonObject;
    const args = Object.fromEntries(Object.keys(inputSchema.properties as object).map((each) => [each, 'x']));
    expect(
      toolSignals({ inputSchema, ...describeTool({ name, inputSchema }) }, args, { lumas: true }),
    ).toEqual([]);
  }
});
