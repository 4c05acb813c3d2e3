import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Clock, Logger } from '../../base/ports.ts';
import { UpstreamError } from '../upstream.ts';
import { createLineLog } from './lines.ts';

/** How long a child has to end by itself, and then after SIGTERM, in milliseconds. */
const GRACE = 500;

export interface ChildCommand {
  command: string;
  args: string[];
  env?: Record<string, string> | undefined;
}

/** A running child that speaks MCP over its standard input and output. */
export interface Child {
  /** Set once by whoever uses the child. */
  onmessage: ((message: JSONRPCMessage) => void) | undefined;
  onclose: (() => void) | undefined;
  send(message: JSONRPCMessage): Promise<void>;
  /** Ends the child: closes its input, then SIGTERM, then SIGKILL. */
  close(): Promise<void>;
}

/**
 * Starts the child through the SDK's transport; its standard error goes to the log, line by line.
 *
 * @throws {UpstreamError} when there is no such program or it cannot be run
 */
export async function startChild(
  { command, args, env }: ChildCommand,
  logger: Logger,
  clock: Clock,
): Promise<Child> {
  const environment = childEnvironment(env ?? {});
  const transport = new StdioClientTransport({ command, args, env: environment, stderr: 'pipe' });
  const log = createLineLog(logger, clock, Object.values(env ?? {}));
  transport.stderr?.on('data', (chunk: Buffer) => log.push(chunk));
  const child: Child = {
    onmessage: undefined,
    onclose: undefined,
    send: (message) => transport.send(message),
    close: () => closeChild(transport),
  };
  transport.onmessage = (message) => child.onmessage?.(message);
  transport.onclose = () => {
    log.end();
    child.onclose?.();
  };
  try {
    await transport.start();
  } catch (error) {
    throw explainStart(command, error);
  }
  transport.onerror = (error) => {
    // What is not MCP may hold anything, and the error quotes it: only system errors are named.
    const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
    log.note(
      code
        ? `Greenlight could not talk to the upstream process (${code}).`
        : 'The upstream process wrote a line that is not MCP; it is skipped.',
    );
  };
  return child;
}

/** The SDK's own close takes up to four seconds; Greenlight has two in all to quit. */
async function closeChild(transport: StdioClientTransport): Promise<void> {
  const { pid } = transport;
  if (pid === null) return;
  const inner = transport.onclose;
  const ended = new Promise<void>((resolve) => {
    transport.onclose = () => {
      inner?.();
      resolve();
    };
  });
  const timers = [
    setTimeout(() => signal(pid, 'SIGTERM'), GRACE),
    setTimeout(() => signal(pid, 'SIGKILL'), 2 * GRACE),
  ];
  // A grandchild may keep the pipes open after the child is gone; that must not hold Greenlight up.
  const given = new Promise<void>((resolve) => timers.push(setTimeout(resolve, 3 * GRACE)));
  void transport.close();
  await Promise.race([ended, given]);
  for (const timer of timers) clearTimeout(timer);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in the meantime.
  }
}

/**
 * What the child gets besides the few variables the SDK lets it inherit. Programs started from a desktop
 * often lack the folders where `uv` and its like are installed, so these are searched as well.
 */
function childEnvironment(env: Record<string, string>): Record<string, string> {
  // loguru, which mcp-luma logs with, prints whole requests below this level.
  const base = { LOGURU_LEVEL: 'INFO' };
  if (process.platform === 'win32') return { ...base, ...env };
  const usual = [
    join(homedir(), '.local/bin'),
    join(homedir(), '.cargo/bin'),
    '/opt/homebrew/bin',
    '/usr/local/bin',
  ];
  const folders = new Set([...(getDefaultEnvironment().PATH ?? '').split(delimiter), ...usual]);
  folders.delete('');
  return { ...base, PATH: [...folders].join(delimiter), ...env };
}

function explainStart(command: string, error: unknown): UpstreamError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const install = /(^|[\\/])uvx?(\.exe)?$/.test(command)
    ? 'Install uv'
    : 'Install it, check its name in Settings';
  // Agents read this too: where programs are on this machine is not theirs to know.
  const name = basename(command);
  const reason =
    code === 'ENOENT'
      ? `${name} was not found. ${install}, or choose another upstream.`
      : code === 'EACCES'
        ? `${name} may not be run. Make it executable, or choose another upstream.`
        : `${name} could not be started (${code}). Check it in Settings, or choose another upstream.`;
  return new UpstreamError(reason, { reached: false, cause: error });
}
