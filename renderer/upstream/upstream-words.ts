import type { UpstreamStatus } from '../../shared/contract.ts';
import { LUMA } from '../../shared/server-id.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';

/** Where Luma's hosted server is (https://luma.mcp.acedata.cloud). */
export const HOSTED_URL = 'https://luma.mcp.acedata.cloud/mcp';

/** How a local mcp-luma is started, and the variable that holds its token. */
export const LOCAL = { command: 'uvx', args: ['mcp-luma'], token: 'ACEDATACLOUD_API_TOKEN' } as const;

/** The upstreams that are offered. */
export type UpstreamChoice = 'sandbox' | 'hosted' | 'local' | 'http' | 'stdio';

const CHOICES: readonly { id: UpstreamChoice; label: string; hint: string }[] = [
  {
    id: 'sandbox',
    label: 'Sandbox',
    hint: 'Greenlight’s own imitation of Luma: the same tools, small pictures, nothing spent and nobody called.',
  },
  {
    id: 'hosted',
    label: 'Hosted Luma',
    hint: `Luma’s server at ${new URL(HOSTED_URL).host}. Needs a token, or that you sign in.`,
  },
  {
    id: 'local',
    label: 'Local mcp-luma',
    hint: 'Started on this computer with uvx, which must be installed. Needs a token.',
  },
  { id: 'http', label: 'Another HTTP server', hint: 'Any MCP server at an address (streamable HTTP).' },
  {
    id: 'stdio',
    label: 'Another command',
    hint: 'Any MCP server that a command starts and that speaks over stdio.',
  },
];

/** What is offered for a server: Luma's own ways for Luma alone. */
export function choicesOf(server: string): typeof CHOICES {
  return server === LUMA ? CHOICES : OTHERS;
}

const OTHERS: typeof CHOICES = [
  {
    id: 'http',
    label: 'At an address',
    hint: 'An MCP server on the web or on this computer (streamable HTTP).',
  },
  {
    id: 'stdio',
    label: 'By a command',
    hint: 'An MCP server that a command starts and that speaks over stdio.',
  },
  { id: 'sandbox', label: 'Sandbox', hint: 'Greenlight’s own imitation of Luma; nothing is spent.' },
];

/** Which choice of {@link choicesOf} the settings stand for. */
export function choiceOf(server: string, settings: UpstreamSettings): UpstreamChoice {
  if (server !== LUMA) return settings.kind;
  switch (settings.kind) {
    case 'sandbox':
      return 'sandbox';
    case 'http':
      return settings.url === HOSTED_URL ? 'hosted' : 'http';
    case 'stdio':
      return settings.command === LOCAL.command && settings.args.join(' ') === LOCAL.args.join(' ')
        ? 'local'
        : 'stdio';
  }
}

/** Said once another upstream was chosen: that it is in use is no success while it takes no call. */
export function chosenWords(label: string, status: UpstreamStatus): { text: string; tone: 'plain' | 'bad' } {
  const text = `${label} is the upstream now.`;
  switch (status.status) {
    case 'connected':
      return { text, tone: 'plain' };
    case 'starting':
      return { text: `${text} ${statusSentence(status)}`, tone: 'plain' };
    case 'unreachable':
    case 'unauthorized':
      return { text: `${text} Calls are refused: ${statusSentence(status)}`, tone: 'bad' };
  }
}

/** Where the upstream stands, as a sentence. Names of servers are the upstream's own words. */
export function statusSentence({ status, message, server, tools, flaws }: UpstreamStatus): string {
  switch (status) {
    case 'starting':
      return message ?? 'It is starting.';
    case 'connected': {
      const name = server === undefined ? 'It' : `${server.name} ${server.version}`.trim();
      const offers = tools === undefined ? '' : ` and offers ${tools} ${tools === 1 ? 'tool' : 'tools'}`;
      return `${name} answers${offers}.${flaws === undefined ? '' : ` ${flaws}`}`;
    }
    case 'unreachable':
      return message ?? 'It cannot be reached. Calls are refused until it can.';
    case 'unauthorized':
      return message ?? 'It refuses the token. Enter another one.';
  }
}
