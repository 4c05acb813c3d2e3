/** Run inside a desktop session of its own: opens the vault, does what standard input asks, says what came. */
import { text } from 'node:stream/consumers';
import { openSecrets } from '../../../main/secrets/secrets.ts';

const warnings: string[] = [];
const warn = (_details: object, message: string) => void warnings.push(message);
const { directory, steps } = JSON.parse(await text(process.stdin)) as {
  directory: string;
  steps: (['get' | 'delete', string] | ['set', string, string])[];
};
const vault = await openSecrets({
  directory,
  service: 'Greenlight test',
  logger: { debug() {}, info() {}, warn, error: warn },
});
const results: unknown[] = [];
for (const [operation, name, value] of steps) {
  results.push(
    (operation === 'set' ? await vault.set(name, value as string) : await vault[operation](name)) ?? null,
  );
}
console.log(JSON.stringify({ description: vault.description, results, warnings }));
