/** The forms in which clients that Greenlight cannot set up take a server: only a snippet, to be entered by hand. */
import { type Access, bearer, bridged, type ConnectClient } from './client.ts';

const ANOTHER = { name: 'Another client', signs: { paths: () => [], commands: [] } };

const typed =
  (type: string) =>
  ({ mcpUrl, token }: Access) => ({ type, url: mcpUrl, headers: bearer(token) });

/** The first is what most take. */
export const otherForms: readonly ConnectClient[] = [
  {
    ...ANOTHER,
    id: 'other',
    form: 'JSON, with the address',
    entry: typed('http'),
    note:
      'Most clients take an entry like this. What counts is the address, and the token in the header ' +
      '“Authorization”. Some call the address “httpUrl” or “serverUrl”, or the type “streamable-http”.',
  },
  {
    ...ANOTHER,
    id: 'other-command',
    form: 'JSON, with a command',
    entry: bridged,
    note: 'For clients that start local commands and take no address. Node.js 18 or newer must be installed.',
  },
  {
    ...ANOTHER,
    id: 'other-toml',
    form: 'TOML',
    written: { format: 'toml', servers: 'mcp_servers' },
    entry: ({ mcpUrl, token }) => ({ url: mcpUrl, http_headers: bearer(token) }),
    note: 'As Codex has it. Some call the headers “headers”.',
  },
  {
    ...ANOTHER,
    id: 'other-yaml',
    form: 'YAML',
    written: { format: 'yaml', servers: 'mcpServers' },
    entry: typed('streamable-http'),
    note: 'Some have the type “streamable_http”, or the servers as a list, each with its “name”.',
  },
];
