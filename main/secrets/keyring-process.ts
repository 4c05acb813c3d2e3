/**
 * Runs one operation on the operating system's keyring and ends. A process of its own because the native
 * calls (even `new Entry`) block their thread, and keep their process from exiting, for as long as the
 * keyring is silent: a D-Bus that hangs, a question to the person that nobody answers.
 *
 * Reads a {@link KeyringRequest} from standard input, writes a {@link KeyringAnswer} to standard output.
 */
import { text } from 'node:stream/consumers';
import type { EntryOptions } from '@napi-rs/keyring';

export type KeyringRequest = { service: string } & (
  | { operation: 'get' | 'delete'; name: string }
  | { operation: 'set'; name: string; value: string }
  /** Writes, reads and deletes an entry of its own. */
  | { operation: 'probe' }
);

export type KeyringAnswer = { value?: string } | { error: string };

// Without this the library would fall back on the kernel's keyring, which forgets at the next boot.
const options: EntryOptions = { linux: { store: 'secret-service' } };

async function run(request: KeyringRequest): Promise<KeyringAnswer> {
  const { Entry } = await import('@napi-rs/keyring');
  switch (request.operation) {
    case 'get': {
      const value = new Entry(request.service, request.name, options).getPassword();
      return value === null ? {} : { value };
    }
    case 'set':
      new Entry(request.service, request.name, options).setPassword(request.value);
      return {};
    case 'delete':
      new Entry(request.service, request.name, options).deleteCredential();
      return {};
    case 'probe': {
      // The name differs each time: two Greenlights may probe at once.
      const entry = new Entry(request.service, `test entry ${process.pid}`, options);
      entry.setPassword('test');
      const value = entry.getPassword();
      entry.deleteCredential();
      return value === 'test' ? {} : { error: 'it does not give back what it was given' };
    }
  }
}

const request = JSON.parse(await text(process.stdin)) as KeyringRequest;
const answer = await run(request).catch((error: Error): KeyringAnswer => ({ error: error.message }));
process.stdout.write(JSON.stringify(answer));
