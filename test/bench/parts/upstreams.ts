/** The servers behind everybody who is measured, on the core of the load. */
import { programPath } from './folders.ts';
import { onCore, startProgram } from './program.ts';

/** Starts the server over HTTP with so many tools; resolves with its port. */
export async function startHttpUpstream(tools = 3): Promise<{ port: number; stop(): Promise<void> }> {
  const program = startProgram('load', [process.execPath, programPath('upstream-http.ts'), `${tools}`]);
  return { port: Number(await program.firstLine), stop: program.stop };
}

/** The server over stdio as a command. */
export function stdioUpstream(): string[] {
  return onCore('load', [process.execPath, programPath('upstream-stdio.ts')]);
}

/** How Greenlight is told of each. */
export function httpSettings(port: number) {
  return { kind: 'http' as const, url: `http://127.0.0.1:${port}/mcp` };
}
export function stdioSettings() {
  const [command = '', ...args] = stdioUpstream();
  return { kind: 'stdio' as const, command, args };
}
