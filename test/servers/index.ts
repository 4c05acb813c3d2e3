/**
 * `npm run server -- <name> [--port N]`: starts one of the servers that tests use, prints its address on standard
 * output, and ends on SIGINT. Without a name it lists them.
 */
import { parseArgs } from 'node:util';
import { startEverythingUpstream } from './everything.ts';
import { startFullUpstream } from './full.ts';
import { startHttpUpstream } from './http.ts';
import { startLumaUpstream } from './luma.ts';
import { startLumaApi } from './luma-api.ts';
import { startModernUpstream } from './modern.ts';
import { startNtfy } from './ntfy.ts';
import { startOAuthUpstream } from './oauth.ts';
import { startOidcUpstream } from './oidc.ts';

interface Running {
  url: string;
  close(): Promise<void>;
}

/** What each is, in a line, and how it starts on a port (0: a free one). */
const servers: Record<string, { is: string; start(port: number): Promise<Running> }> = {
  http: {
    is: 'one tool, `echo`, over streamable HTTP with sessions',
    start: (port) => startHttpUpstream({ port }),
  },
  stateless: {
    is: 'the same without sessions, as the hosted Luma server',
    start: (port) => startHttpUpstream({ port, sessions: 'stateless', answers: 'json' }),
  },
  full: {
    is: 'all that MCP 2025-11-25 has: resources, prompts, progress, sampling, questions, resumed streams',
    start: (port) => startFullUpstream('2025-11-25', { port, resumable: true }),
  },
  modern: {
    is: 'the revision 2026-07-28 alone, without a handshake',
    start: (port) => startModernUpstream('auto', port),
  },
  everything: {
    is: 'what the official conformance suite asks a server for, in every revision',
    start: startEverythingUpstream,
  },
  luma: {
    is: "Luma's tools, each call answered at once as if a video had been begun",
    start: startLumaUpstream,
  },
  'luma-api': {
    is: "Luma's own HTTP API, for a local mcp-luma: its address goes into ACEDATACLOUD_API_BASE_URL",
    start: startLumaApi,
  },
  oauth: {
    is: 'one tool, `echo`, for whoever signs in at a server of its own; each sign-in lasts a minute, and is renewed',
    start: (port) => startOAuthUpstream({ port, expiresIn: 60 }),
  },
  oidc: {
    is: 'wants people to sign in at `oidc-provider`, which lets anybody in by any name',
    start: startOidcUpstream,
  },
  ntfy: {
    is: 'takes what is published as JSON, as ntfy does, for the phone in Settings',
    start: startNtfy,
  },
};
const stdio = 'many tools over stdio; --stubborn: ends only when it is killed';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h' },
    port: { type: 'string', default: '0' },
    stubborn: { type: 'boolean' },
  },
});
const [name] = positionals;

if (values.help || name === undefined) {
  process.stdout.write(list());
} else if (name === 'stdio') {
  // Standard output is the server's.
  if (process.stdin.isTTY)
    process.stderr.write(`A client starts it: ${process.execPath} ${process.argv[1]} stdio\n`);
  await import('./stdio.ts');
} else if (Object.hasOwn(servers, name)) {
  await serve(name);
} else {
  process.stderr.write(`There is no server "${name}".\n\n${list()}`);
  process.exitCode = 2;
}

function list(): string {
  const lines = Object.entries({ ...servers, stdio: { is: stdio } }).map(
    ([each, { is }]) => `  ${each.padEnd(10)} ${is}\n`,
  );
  return `npm run server -- <name> [--port N]\n\n${lines.join('')}`;
}

async function serve(each: string): Promise<void> {
  const server = await servers[each]?.start(Number(values.port));
  process.stdout.write(`${server?.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server?.close().then(() => process.exit(0)));
  }
}
