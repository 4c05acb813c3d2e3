import { spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { SecretVault } from '../base/ports.ts';
import type { KeyringAnswer, KeyringRequest } from './keyring-process.ts';

/** Milliseconds that one operation may take: the person may be typing the keyring's password. */
const PATIENCE = 60_000;

/** Keeps secrets in the operating system's keyring, as entries of `service`. */
export function openKeyringVault(service: string): SecretVault {
  const ask = async (request: KeyringRequest) => {
    try {
      return await askKeyring(request, PATIENCE);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserFacingError(
        'unavailable',
        `The system keyring did not do what it was asked (${reason}). Unlock it and try again. To keep secrets in a file instead, start Greenlight with GREENLIGHT_SECRETS=file.`,
        { cause: error },
      );
    }
  };
  return {
    description: 'the system keyring',
    // Node, which asks for the secrets, is the same program for every script.
    open: true,
    get: (name) => ask({ service, operation: 'get', name }),
    set: async (name, value) => void (await ask({ service, operation: 'set', name, value })),
    delete: async (name) => void (await ask({ service, operation: 'delete', name })),
  };
}

/**
 * Has one operation done in a process of its own, which is killed after `limit` milliseconds. Secrets
 * travel through its standard input and output, never through its arguments or environment.
 * Rejects with what the keyring said when it failed.
 */
export async function askKeyring(request: KeyringRequest, limit: number): Promise<string | undefined> {
  // In the built host it is a .js file beside the bundle.
  const program = join(import.meta.dirname, `keyring-process${extname(import.meta.filename)}`);
  const child = spawn(process.execPath, [program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: limit,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (_code, signal) => {
      if (signal === null) resolve();
      else reject(new Error(`it gave no answer within ${limit / 1000} seconds`));
    });
  });
  // A process that ends early closes its input; what it said before tells more.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(request));
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr), ended]);

  if (output === '') throw new Error(complaint.trim().split('\n').at(-1) || 'its process ended early');
  const answer = JSON.parse(output) as KeyringAnswer;
  if ('error' in answer) throw new Error(answer.error);
  return answer.value;
}
